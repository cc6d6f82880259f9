"""The lists of the Financial Action Task Force, as published (fatf-gafi.org, "Black and grey lists"). Pure.

They take effect on the day of their publication. The next plenaries' lists are entered by officers as thresholds
(/compliance/thresholds, with a second person), from the day of the plenary on; what an officer sets stands until
an officer changes it. Checked against the statements of three plenaries; that of October 2026 was not at hand.
"""

PUBLISHED = (
    # (day, call for action, increased monitoring)
    ("2025-10-24", "IR,KP,MM", "AO,BG,BO,CD,CI,CM,DZ,HT,KE,LA,LB,MC,NA,NP,SS,SY,VE,VG,VN,YE"),
    ("2026-02-13", "IR,KP,MM", "AO,BG,BO,CD,CI,CM,DZ,HT,KE,KW,LA,LB,MC,NA,NP,PG,SS,SY,VE,VG,VN,YE"),
    ("2026-06-19", "IR,KP,MM", "AO,BA,BG,BO,CD,CI,CM,HT,IQ,KE,KW,LA,LB,MC,NP,PG,SS,SY,VE,VG,VN,YE"),
)
SOURCE = "FATF, high-risk and other monitored jurisdictions, plenaries of October 2025, February and June 2026"
CALL_FOR_ACTION = tuple((day, black) for day, black, _ in PUBLISHED)
INCREASED_MONITORING = tuple((day, grey) for day, _, grey in PUBLISHED)
