"""Import of history: files -> checked rows -> events of the bulk path. See README.md here for the files.

reading    rows of a CSV file, plain or gzip, with their line numbers        pure
rows       what a mapping makes of a line; money, dates, names               pure
mappings/  one file a format: amlsim, cloudbank                              pure
checking   the first pass: every line judged before anything is written      pure
history    rows -> events in order of time                                   pure
service    check, refuse or run, outcome
"""
