"""Reads of compliance: readings and score, corrective actions, audit records, privacy requests."""
