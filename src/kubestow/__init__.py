"""kubestow: the cheapest fleet that can carry a cluster's pods, with a proof."""

__version__ = "0.1.0"
