"""Writes of compliance: corrective actions, privacy requests, daily snapshots."""
