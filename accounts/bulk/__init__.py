"""The bulk path: history and the demo bank go through the live path's own pure functions, in memory.

    events     what happens: a customer, an account, a movement, ...            pure
    bank       the bank in memory: events in, finished items out
    run_totals its day shards and cube cells
    pipeline   threads that write while the next items are computed
    register   the run's record: begin, resume, check, end
    run        begin -> chunks of postings -> the final states -> end

A run writes only to customers, accounts and totals that it makes itself, so it begins from nothing
and everything it writes follows from its events: after a crash the same events are computed again
and only what was not stored yet is written.
"""
