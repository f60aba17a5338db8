"""Simulation: a cluster and its cloud with their own clock, seeded faults, and costs."""
