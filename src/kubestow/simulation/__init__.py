"""Simulation: a cluster and its cloud with a clock of their own, by seed, with money."""
