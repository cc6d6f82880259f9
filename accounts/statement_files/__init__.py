"""Statement files: what other banks say happened on an account, read into one shape. See README.md here.

parts      Statement, Entry, Balance; Malformed                       pure
amounts    decimal text and dates, exactly, by the currency           pure
safe_xml   XML without entities, DTDs, deep nesting                   pure
camt       ISO 20022 camt.053 -> Statement                            pure
sgml       OFX 1 text -> the tree that OFX 2 has as XML               pure
ofx        OFX 1 and 2 -> Statement                                   pure
references a stable reference for each entry; repeats; footing        pure
reading    which format it is; one file -> its statements             pure
matching   new, duplicate or conflict                                 pure
"""
