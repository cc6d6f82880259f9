"""Changes of alerts: who works on them, how they end, and the freeze from the alert's page."""
