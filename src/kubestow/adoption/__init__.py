"""Changing over from another manager of nodes to kubestow: who manages what, and what stops it."""
