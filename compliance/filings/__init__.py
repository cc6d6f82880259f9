"""Filings: currency transaction reports (Form 112), exemptions from them, suspicious activity reports (Form 111)."""
