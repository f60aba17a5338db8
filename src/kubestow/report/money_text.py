"""Costs in the user's currency, as text."""

from kubestow.model.currency import format_money
from kubestow.views.remedy_view import LocalDifferenceView
from kubestow.views.shared import LocalCostView


def local_text(local: LocalCostView | LocalDifferenceView | None) -> str:
    """Format a monthly amount with its currency; None, which is USD alone, is an empty string."""
    return "" if local is None else format_money(local.per_month, local.code)
