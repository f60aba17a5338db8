"""Violation: one rule a plan breaks.

Law: data with a sentence; sorted, so that the same plan always gives the same list.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A broken rule, the pod or node it is about, and what is wrong."""

    rule: str
    subject: str
    detail: str
