"""The operations page: does the bank run? What it is measured by, and what `manage.py report_health` tells CloudWatch.

terms    what a reading is: its value in words, what is normal, where one acts, which runbook tells how
planned  the jobs of the timetable: their last runs, what is late, what is due
books    sealed days, verifications, the back-up
queues   what waits for somebody, and how long
traffic  the engine's latency, conflicts and lost answers, as the processes told them
health   all of it, of one moment
"""
