"""Samples of what a lookout sees, kept in a history."""

import calendar
import sqlite3
import time
from collections.abc import Callable

from kubestow.adapters.history_file import CostSample, HistoryFile
from kubestow.views.cluster_view import ClusterView


class Sampler:
    """A History (kubestow.live.lookout) in a file.

    What a disk does not take is lost, and told once.
    """

    def __init__(self, history: HistoryFile, tell: Callable[[str], None]) -> None:
        self._history, self._tell, self._is_told = history, tell, False

    def add(self, view: ClusterView) -> None:
        """Keep a sample of a view."""
        try:
            self._history.add(sample_of(view))
        except (sqlite3.Error, OverflowError) as problem:
            if not self._is_told:
                self._is_told = True
                self._tell(f"note: the history is not kept: {problem}")


def sample_of(view: ClusterView) -> CostSample:
    """Return the sample of a view."""
    least = view.minimum
    at = calendar.timegm(time.strptime(view.at, "%Y-%m-%dT%H:%M:%SZ"))
    return CostSample(
        at,
        view.cost.usd_per_hour,
        None if least is None else least.usd_per_hour,
        None if least is None else least.cheapest_usd_per_hour,
        view.pending_pods,
        view.pods,
        len(view.nodes),
    )
