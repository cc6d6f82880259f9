"""Makes the demo bank: staff and sign-ins, history through the bulk path, and some work done on it."""
