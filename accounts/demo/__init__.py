"""The demo bank's life: seeded, so the same seed and day give the same bank. Pure, but for Faker's names.

cast      who banks here: people, shops, employers, landlords
actions   a movement that somebody intends; the purse that knows whether it can happen
habits    what people do on an ordinary day
patterns  what some of them do that should be found
life      day by day: everything as events of the bulk path
"""
