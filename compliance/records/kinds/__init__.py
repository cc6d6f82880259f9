"""The kinds of records: one file each, found by the registry."""
