"""Random service mixes: kubestow's own generator under the name that instances use."""

from kubestow.simulation.generated import cluster

__all__ = ["cluster"]
