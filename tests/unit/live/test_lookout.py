"""A lookout tells every reader what was seen last, and outlives what goes wrong."""

import threading
import time
from collections.abc import Iterator

import pytest
from tests.unit.live.objects import node, observed, observer, pod

from kubestow.live import lookout as module
from kubestow.live.lookout import Lookout, Stopper, advisor_of
from kubestow.model.input_error import InputError
from kubestow.model.observed import Observed
from kubestow.model.reporter import EnoughError
from kubestow.views.advice_view import AdviceView
from kubestow.views.cluster_view import ClusterView
from kubestow.views.settings import Settings

SECONDS = 30.0


class Changing:
    """An observer that a test changes."""

    name, address = "changing", ""

    def __init__(self, seen: Observed) -> None:
        self.seen, self.count = seen, 0
        self.trouble = ""
        self._changed = threading.Condition()

    def change(self, seen: Observed) -> None:
        with self._changed:
            self.seen, self.count = seen, self.count + 1
            self._changed.notify_all()

    def observe(self) -> Observed:
        if self.trouble:
            raise InputError(self.trouble, hint="")
        return self.seen

    def changes(self) -> int:
        return self.count

    def wait_for_change(self, since: int, seconds: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self.count > since, seconds)
            return self.count

    def lag(self) -> tuple[float, str]:
        return (7.0, self.trouble) if self.trouble else (0.0, "")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_QUIET_SECONDS", 0.01)
    monkeypatch.setattr(module, "_IDLE_SECONDS", 0.2)


@pytest.fixture
def started() -> Iterator[list[Lookout]]:
    made: list[Lookout] = []
    yield made
    for each in made:
        each.stop()


def test_a_change_is_seen_by_who_waits(started: list[Lookout]) -> None:
    world = Changing(observed(node("a")))
    own = Lookout(world, Settings())
    started.append(own)
    own.start()
    first = own.wait(0, SECONDS)
    assert first is not None
    assert len(first.view.nodes) == 1
    world.change(observed(node("a"), node("b")))
    sight = first
    while len(sight.view.nodes) < 2:
        later = own.wait(sight.number, SECONDS)
        assert later is not None
        assert later.number > sight.number
        sight = later
    assert len(first.view.nodes) == 1, "what a reader was given does not change"


def test_an_observation_that_fails_leaves_the_last_one_and_tells_why(
    started: list[Lookout],
) -> None:
    world = Changing(observed(node("a")))
    own = Lookout(world, Settings())
    started.append(own)
    own.start()
    sight = own.wait(0, SECONDS)
    world.trouble = "the API server is gone"
    while sight is not None and not sight.lag_message:
        sight = own.wait(sight.number, SECONDS)
    assert sight is not None
    assert (sight.lag_seconds, sight.lag_message) == (7.0, "the API server is gone")
    assert len(sight.view.nodes) == 1
    world.trouble = ""
    while sight is not None and sight.lag_message:
        sight = own.wait(sight.number, SECONDS)


def test_advice_becomes_part_of_what_is_seen(started: list[Lookout]) -> None:
    settings = Settings()
    own = Lookout(
        observer(node("a"), node("b"), pod("web", "a")), settings, advisor_of((), settings)
    )
    started.append(own)
    own.start()
    sight = own.wait(0, SECONDS)
    while sight is not None and sight.advice is None:
        sight = own.wait(sight.number, SECONDS)
    assert sight is not None
    assert sight.view.minimum is not None
    assert sight.view.minimum.gap is not None
    assert sight.advice_number == 1


def test_advice_that_fails_is_told_and_the_view_goes_on(started: list[Lookout]) -> None:
    def fails(seen: Observed, reporter: Stopper) -> AdviceView:
        raise ValueError("odd")

    own = Lookout(observer(node("a")), Settings(), fails)
    started.append(own)
    own.start()
    sight = own.wait(0, SECONDS)
    while sight is not None and not sight.advice_trouble:
        sight = own.wait(sight.number, SECONDS)
    assert sight is not None
    assert sight.advice_trouble == "ValueError: odd"
    assert sight.advice is None


def test_stopping_ends_advice_that_is_worked_out() -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(seen: Observed, reporter: Stopper) -> AdviceView:
        begun.set()
        try:
            while True:
                reporter.progress("on and on", 0, 0)
                time.sleep(0.01)
        except EnoughError:
            ended.set()
            raise

    own = Lookout(observer(node("a")), Settings(), endless)
    own.start()
    assert begun.wait(SECONDS)
    own.stop()
    assert ended.is_set()


def test_every_sight_is_kept_in_the_history(started: list[Lookout]) -> None:
    kept: list[ClusterView] = []

    class Keeping:
        def add(self, view: ClusterView) -> None:
            kept.append(view)

    own = Lookout(observer(node("a")), Settings(), history=Keeping())
    started.append(own)
    own.start()
    assert own.wait(0, SECONDS) is not None
    deadline = time.monotonic() + SECONDS
    while not kept and time.monotonic() < deadline:
        time.sleep(0.01)
    assert kept[0].cost.usd_per_hour == 0.192


def test_pods_that_a_workload_is_about_to_make_are_not_counted() -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "api", "namespace": "shop"},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": "api"}},
            "template": {
                "metadata": {"labels": {"app": "api"}},
                "spec": {"containers": [{"name": "main", "image": "api:1"}]},
            },
        },
    }
    seen = observed(node("a"), pod("web", "a"), deployment)
    assert [each.key for each in seen.snapshot.cluster.pods] == ["shop/web"]
