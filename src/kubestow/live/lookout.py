"""A lookout: keeps what a cluster is and what it could be up to date, for any number of readers.

One thread observes after each change, at most as often as observing takes two fifths of the time;
another works out advice. Readers are given whole values that never change.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from kubestow.live.observers import Observer
from kubestow.model.input_error import InputError
from kubestow.model.observed import Observed
from kubestow.model.reporter import EnoughError
from kubestow.model.survey import Survey
from kubestow.usecases.survey import Surveyor
from kubestow.views.advice_view import AdviceView, advice_view
from kubestow.views.cluster_view import ClusterView, MinimumView, cluster_view
from kubestow.views.settings import Settings

_QUIET_SECONDS = 0.2  # in which changes are collected
_STOP_SECONDS = 0.3  # until it is noticed that it is to end
_SHARE = 0.4  # of the time that may be spent on observing
_IDLE_SECONDS = 15.0  # until what does not change is looked at again: ages, lags, usage
_AGES_SECONDS = 900.0  # until advice is worked out again for pods and nodes that only grew older
_ADVICE_SHARE = 0.25  # of the time that may be spent on advice
Advisor = Callable[[Observed, "Stopper"], "AdviceView"]


class Stopper:
    """A Reporter that ends what is worked out once nobody wants it."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped

    def progress(self, step: str, done: int, total: int) -> None:
        """Raise EnoughError once it is stopped."""
        if self._stopped.is_set():
            raise EnoughError


class History(Protocol):
    """Keeps samples of a cluster."""

    def add(self, view: ClusterView) -> None:
        """Keep a sample."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen last; ``number`` grows with each, ``advice_number`` with each advice.

    ``took_seconds`` is how long the observation took; ``trouble`` why it could not be made anew.
    """

    number: int
    observed: Observed
    survey: Survey
    view: ClusterView
    took_seconds: float
    lag_seconds: float = 0.0
    lag_message: str = ""
    advice: AdviceView | None = None
    advice_number: int = 0
    advice_trouble: str = ""


class Lookout:
    """Looks at a cluster from ``start`` to ``stop``."""

    def __init__(
        self,
        observer: Observer,
        settings: Settings,
        advisor: Advisor | None = None,
        *,
        advice_every: float = 60.0,
        history: History | None = None,
    ) -> None:
        self._observer, self.settings = observer, settings
        self._advisor, self._advice_every, self._history = advisor, advice_every, history
        self._surveyor = Surveyor()
        self._stopped = threading.Event()
        self._changed = threading.Condition()
        self._sight: Sight | None = None
        self._heard: list[Callable[[], None]] = []
        self._threads = [threading.Thread(target=self._look, name="lookout", daemon=True)]
        if advisor is not None:
            self._threads.append(
                threading.Thread(target=self._advise, name="advice", daemon=True)
            )  # fmt: skip

    @property
    def name(self) -> str:
        """What people call the cluster."""
        return self._observer.name

    @property
    def sight(self) -> Sight | None:
        """What was seen last; None before the first."""
        return self._sight

    def start(self) -> None:
        """Begin to look."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Look no longer."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(5)

    def on_change(self, heard: Callable[[], None]) -> None:
        """Call a function, which returns at once, after each sight."""
        self._heard.append(heard)

    def wait(self, number: int, seconds: float) -> Sight | None:
        """Wait for a sight after a number, or for so long; return the last one."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._stopped.is_set()
                    or (self._sight is not None and self._sight.number > number)
                ),
                seconds,
            )
            return self._sight

    def _look(self) -> None:
        while not self._stopped.is_set():
            changes = self._observer.changes()
            began = time.monotonic()
            try:
                observed = self._observer.observe()
                surveyed = self._surveyor.survey(observed)
                took = time.monotonic() - began
                self._see(observed, surveyed, took)
            except InputError as problem:
                took = time.monotonic() - began
                self._miss(problem.message)
            except Exception as problem:  # the view goes on with what it has, and says so
                took = time.monotonic() - began
                self._miss(f"{type(problem).__name__}: {problem}")
            pause = max(_QUIET_SECONDS, took / _SHARE - took)
            self._stopped.wait(pause)
            self._wait_for_change(changes)

    def _wait_for_change(self, since: int) -> None:
        """Wait for a change, but not long after the end."""
        until = time.monotonic() + _IDLE_SECONDS
        while not self._stopped.is_set() and time.monotonic() < until:
            if self._observer.wait_for_change(since, _STOP_SECONDS) != since:
                return

    def _see(self, observed: Observed, surveyed: Survey, took: float) -> None:
        lag, message = self._observer.lag()
        with self._changed:
            before = self._sight
            minimum = _minimum(before, surveyed)
            rows = None if before is None else (before.survey, before.view)
            view = cluster_view(surveyed, self.settings, minimum, rows)
            if before is None:
                sight = Sight(1, observed, surveyed, view, took, lag, message)
            else:
                sight = replace(
                    before, number=before.number + 1, observed=observed, survey=surveyed,
                    view=view, took_seconds=took, lag_seconds=lag, lag_message=message,
                )  # fmt: skip
            self._tell(sight)
        if self._history is not None:
            self._history.add(view)

    def _miss(self, message: str) -> None:
        lag, _ = self._observer.lag()
        with self._changed:
            if self._sight is not None:
                self._tell(
                    replace(
                        self._sight, number=self._sight.number + 1,
                        lag_seconds=lag, lag_message=message,
                    )
                )  # fmt: skip

    def _tell(self, sight: Sight) -> None:
        self._sight = sight
        self._changed.notify_all()
        for heard in self._heard:
            heard()

    def _advise(self) -> None:
        seen, cluster, catalog, due = 0, None, None, 0.0
        while not self._stopped.is_set():
            sight = self.wait(seen, _IDLE_SECONDS)
            if sight is None or sight.number <= seen or self._stopped.is_set():
                continue
            seen = sight.number
            snapshot, began = sight.observed.snapshot, time.monotonic()
            is_same = snapshot.cluster is cluster and snapshot.catalog is catalog
            if is_same and began < due:
                continue
            cluster, catalog, due = snapshot.cluster, snapshot.catalog, began + _AGES_SECONDS
            self._work_out(sight)
            took = time.monotonic() - began
            self._stopped.wait(max(self._advice_every, took / _ADVICE_SHARE - took))

    def _work_out(self, sight: Sight) -> None:
        assert self._advisor is not None
        advice, trouble = sight.advice, ""
        try:
            advice = self._advisor(sight.observed, Stopper(self._stopped))
        except EnoughError:
            return
        except Exception as problem:  # the view goes on without advice, and says so
            trouble = f"{type(problem).__name__}: {problem}"
        with self._changed:
            last = self._sight or sight
            told = replace(
                last, number=last.number + 1, advice=advice, advice_trouble=trouble,
                advice_number=last.advice_number + (advice is not last.advice),
            )  # fmt: skip
            minimum, rows = _minimum(told, told.survey), (told.survey, told.view)
            view = cluster_view(told.survey, self.settings, minimum, rows)
            self._tell(replace(told, view=view))


def _minimum(sight: Sight | None, surveyed: Survey) -> MinimumView | None:
    """Return the minimum of the last advice, with the gap of what runs now."""
    if sight is None or sight.advice is None:
        return None
    last = sight.advice.minimum
    cost = surveyed.cost / 1e9
    gap = cost / last.usd_per_hour - 1 if last.usd_per_hour else None
    return MinimumView(
        usd_per_hour=last.usd_per_hour,
        cheapest_usd_per_hour=last.cheapest_usd_per_hour,
        gap=gap,
        at=last.at,
    )


def advisor_of(policies: tuple[str, ...], settings: Settings, seed: int = 0) -> Advisor:
    """Return who works out advice of some policies."""

    def advise_now(observed: Observed, reporter: Stopper) -> AdviceView:
        from kubestow.usecases.advise import AdviseRequest, advise  # only now the solver is needed

        request = AdviseRequest(observed=observed, policies=policies, seed=seed)
        return advice_view(advise(request, reporter), settings)

    return advise_now
