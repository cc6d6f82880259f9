"""Loans in the bank's books: applications, what is posted, servicing day by day, remedies under four eyes."""
