"""The rules in force: each file is one rule; nothing else needs to be changed to add one."""
