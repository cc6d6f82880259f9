"""Patterns over several customers, one file each. Pure; see monitoring/patternbook.py."""
