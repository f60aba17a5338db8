"""Random service mixes: kubestow's own generator, under the name the instances know it by."""

from kubestow.simulation.generated import cluster

__all__ = ["cluster"]
