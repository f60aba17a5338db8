"""Violation: a rule that a plan breaks.

Violations can be sorted, so that the same plan always gives the same list.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A broken rule, the pod or node concerned, and what is wrong."""

    rule: str
    subject: str
    detail: str
