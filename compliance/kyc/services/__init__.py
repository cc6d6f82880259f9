"""Changes of KYC, each with its audit records in one transaction."""
