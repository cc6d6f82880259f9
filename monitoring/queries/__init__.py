"""Reads of monitoring: the queue of alerts, one alert's case, what is new, the totals behind the charts."""
