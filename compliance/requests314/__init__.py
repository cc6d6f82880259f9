"""FinCEN's requests under section 314(a) of the USA PATRIOT Act (31 CFR 1010.520).

Subjects are searched for; a match is told to FinCEN and to nobody else.
"""
