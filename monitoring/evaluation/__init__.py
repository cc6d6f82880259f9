"""How well the rules detect: labelled histories, the bank they run through, the measures, the report.

people     the customers of a made-up town                                     pure
habits     what people do who have nothing to hide, look-alikes included       pure
schemes    what launderers do, at three levels of sophistication               pure
town       all of it in order of time, from one seed                           pure
outside    the AMLSim sample as a labelled history
watching   a posting participant that notes what rules find
trial      one history through one configuration of rules
tazama     a configuration with the public thresholds of another rule set
measures   precision, recall, average precision, time to detect                pure
report     the figures as a page
"""
