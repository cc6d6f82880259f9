"""What the bank's processes tell of themselves: counted in memory, told once a minute, read by the operations page.

tally       counts and times of this process, by minute            pure
fleet       one small item for each process and hour; reading those of all processes
metrics     the same numbers as lines in CloudWatch's embedded metric format
speaker     tells both, once a minute, from a thread of its own or at the end of a job
"""
