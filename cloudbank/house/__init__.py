"""Setting the house up on one machine: `make setup`, `make run`, `make stop`.

Standard library only: this runs before anything is installed.
"""
