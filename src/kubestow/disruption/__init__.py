"""Disruption: which nodes to take away, safely, and why every other one stays."""
