"""Objects of every kind that is read: valid ones, and ones broken in one place."""

from .broken import broken
from .valid import KINDS, valid

__all__ = ["KINDS", "broken", "valid"]
