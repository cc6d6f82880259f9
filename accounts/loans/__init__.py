"""Loans, as pure functions over frozen values: the schedule, the life of a loan, what servicing does to it.

`schedule` knows terms only; `state` is what a loan is; `servicing` is what time and payments do to it;
`remedies` is what the bank does when payments stay away. The clock is passed in; nothing here reads or writes.
"""
