"""Pages of KYC."""
