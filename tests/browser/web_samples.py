"""A running cluster made by hand, as the views that the server of the web view answers with."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from kubestow.views.advice_view import (
    AdvicedView,
    AdviceView,
    FleetView,
    KeptNodeView,
    NodeKindView,
    WasteView,
)
