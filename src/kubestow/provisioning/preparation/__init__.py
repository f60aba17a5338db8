"""A snapshot made ready for planning: what could be launched, and who may run where."""
