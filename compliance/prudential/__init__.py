"""The prudential panel: ratios from the ledger, and those of capital and liquidity from figures that people enter."""
