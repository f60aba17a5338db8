"""A watched cluster is what a fresh list of it is, whatever happened in between."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kubestow.adapters.files import read_files
from kubestow.adapters.kubernetes_api import api_server, reflector, shelf
from kubestow.adapters.kubernetes_api.api_server import ApiServer
from kubestow.adapters.kubernetes_api.cluster_cache import ClusterCache
from kubestow.adapters.kubernetes_api.cluster_sources import ListedKind
from kubestow.adapters.kubernetes_api.shelf import Bell, Shelf
from kubestow.model.input_error import InputError

from .fake_api_server import FakeApiServer, kubeconfig, serving

PODS = (ListedKind("v1", "pods", "Pod", required=True),)
SECONDS = 20.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reflector, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(reflector, "_LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(api_server, "_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(api_server, "_PAGE", 3)


@pytest.fixture
def fake() -> FakeApiServer:
    made = FakeApiServer()
    for number in range(10):
        made.change("ADDED", f"pod-{number}", number=str(number))
    return made


def watching(folder: Path, port: int, kinds: tuple[ListedKind, ...] = PODS) -> ClusterCache:
    return ClusterCache(ApiServer.of("fake", kubeconfig(folder, port)), kinds)


@pytest.fixture
def cache(fake: FakeApiServer, tmp_path: Path) -> Iterator[ClusterCache]:
    with serving(fake) as port, watching(tmp_path, port) as made:
        made.wait_until_listed(SECONDS)
        yield made


def soon(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SECONDS
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def is_same(fake: FakeApiServer, cache: ClusterCache) -> bool:
    """Return whether the cache has the server's pods, with their labels."""
    with fake.lock:
        there = {
            f"default/{name}": item["metadata"]["labels"] for name, item in fake.objects.items()
        }
    pods = read_files(list(cache.sources().sources)).cluster.pods if there else ()
    return {pod.key: dict(pod.labels) for pod in pods} == there and len(
        cache.contents("pods")
    ) == len(there)


def test_all_pages_are_one_list_in_its_order(fake: FakeApiServer, cache: ClusterCache) -> None:
    assert list(cache.contents("pods")) == [f"default/pod-{number}" for number in range(10)]
    assert is_same(fake, cache)


def test_what_no_plan_reads_is_not_kept(cache: ClusterCache) -> None:
    kept = b"".join(cache.contents("pods").values())
    assert b"secret" not in kept
    assert b"managedFields" not in kept
    assert b"resourceVersion" not in kept


def test_changes_are_followed_and_wake_who_waits(fake: FakeApiServer, cache: ClusterCache) -> None:
    before = cache.changes
    fake.change("ADDED", "new")
    assert cache.wait_for_change(before, SECONDS) > before
    fake.change("MODIFIED", "pod-1", number="other")
    fake.change("DELETED", "pod-2")
    assert soon(lambda: is_same(fake, cache))


def test_an_object_that_is_the_same_for_readers_wakes_nobody(
    fake: FakeApiServer, cache: ClusterCache
) -> None:
    before = cache.changes
    fake.change("MODIFIED", "pod-1", number="1")  # a new version, as of a heartbeat
    assert cache.wait_for_change(before, 0.2) == before


def test_a_watch_that_expired_begins_with_a_fresh_list(
    fake: FakeApiServer, cache: ClusterCache
) -> None:
    with fake.lock:
        fake.change("DELETED", "pod-3")
        fake.change("ADDED", "while-away")
        fake.forget()
    assert soon(lambda: is_same(fake, cache))
    fake.change("ADDED", "after")
    assert soon(lambda: is_same(fake, cache))


def test_a_watch_that_breaks_off_in_a_line_goes_on(
    fake: FakeApiServer, cache: ClusterCache
) -> None:
    fake.cut()
    fake.change("ADDED", "after")
    assert soon(lambda: is_same(fake, cache))


def test_watches_that_close_at_once_again_and_again_end_in_a_list(
    fake: FakeApiServer, cache: ClusterCache
) -> None:
    def lists() -> int:
        return sum("limit=" in request for request in fake.requests)

    before = lists()
    fake.is_silent = True
    fake.cut()
    assert soon(lambda: lists() > before)
    fake.is_silent = False
    fake.change("ADDED", "after")
    assert soon(lambda: is_same(fake, cache))


def test_a_server_that_was_away_is_followed_again(fake: FakeApiServer, tmp_path: Path) -> None:
    with serving(fake) as port:
        made = watching(tmp_path, port).start()
        made.wait_until_listed(SECONDS)
    try:
        assert soon(lambda: [lag.resource for lag in made.lags()] == ["pods"])
        assert "cannot be reached" in made.lags()[0].message
        assert len(made.contents("pods")) == 10, "what was heard last is kept"
        fake.change("DELETED", "pod-4")
        fake.change("ADDED", "while-away")
        with serving(fake, port):
            assert soon(lambda: is_same(fake, made))
            assert made.lags() == ()
    finally:
        made.stop()


def test_a_cluster_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    fake = FakeApiServer()
    with serving(fake) as port:
        cache = watching(tmp_path, port)
    with cache, pytest.raises(InputError, match="cannot be reached"):
        cache.wait_until_listed(0.3)


def test_a_kind_that_is_not_served_is_left_out(fake: FakeApiServer, tmp_path: Path) -> None:
    kinds = (*PODS, ListedKind("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"))
    with serving(fake) as port, watching(tmp_path, port, kinds) as cache:
        cache.wait_until_listed(SECONDS)
        assert cache.sources().notes == ("fake: policy/v1 has no poddisruptionbudgets: left out",)


@pytest.mark.parametrize("seed", range(20))
def test_random_storms_leave_what_a_fresh_list_has(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    fake = FakeApiServer(forgets=chance.choice([3, 20, 1_000_000]))
    for number in range(chance.randrange(8)):
        fake.change("ADDED", f"pod-{number}")
    with serving(fake) as port, watching(tmp_path, port) as cache:
        for number in range(100):
            _happen(fake, chance, number)
            if chance.random() < 0.1:
                time.sleep(0.01)
        fake.is_broken = fake.is_silent = False
        fake.change("ADDED", "the-last")
        cache.wait_until_listed(SECONDS)
        assert soon(lambda: is_same(fake, cache)), seed


def _happen(fake: FakeApiServer, chance: random.Random, number: int) -> None:
    names = sorted(fake.objects)
    what = chance.random()
    if what < 0.45 or not names:
        fake.change("ADDED", f"new-{number}", number=str(number))
    elif what < 0.65:
        fake.change("MODIFIED", chance.choice(names), number=str(number))
    elif what < 0.85:
        fake.change("DELETED", chance.choice(names))
    elif what < 0.9:
        fake.cut()
    elif what < 0.94:
        fake.forget()
    elif what < 0.97:
        fake.is_silent = not fake.is_silent
        fake.cut()
    else:
        fake.is_broken = not fake.is_broken


def test_what_nobody_expects_is_told_and_followed_by_a_fresh_list(
    fake: FakeApiServer, cache: ClusterCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(*_: object) -> bytes:
        raise ZeroDivisionError("odd")

    with monkeypatch.context() as broken:
        broken.setattr(shelf, "slim", odd)
        fake.change("ADDED", "new")
        assert soon(lambda: [lag.message for lag in cache.lags()] == ["ZeroDivisionError: odd"])
    assert soon(lambda: is_same(fake, cache))


def test_stopping_says_nothing(
    fake: FakeApiServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(fake) as port:
        for _ in range(5):
            with watching(tmp_path, port) as made:
                made.wait_until_listed(SECONDS)
        for thread in made._threads:
            thread.join(SECONDS)
    assert "Traceback" not in capsys.readouterr().err


def test_a_broken_connection_goes_on_from_the_last_version_heard_of(
    fake: FakeApiServer, cache: ClusterCache
) -> None:
    fake.change("ADDED", "new")
    assert soon(lambda: is_same(fake, cache))
    last = fake.version
    fake.abort()
    assert soon(lambda: any(f"resourceVersion={last}&" in each for each in fake.requests))
    fake.change("ADDED", "after")
    assert soon(lambda: is_same(fake, cache))
    lists = sum(each == "/api/v1/pods?limit=3" for each in fake.requests)
    assert lists == 1


def test_the_newest_events_are_kept() -> None:
    own = Shelf("events", Bell(), most=10)
    for number in range(30):
        own.put(
            b'{"metadata":{"name":"e%02d","namespace":"z%02d"},'
            b'"lastTimestamp":"2026-11-29T00:00:%02dZ"}' % (number, 29 - number, number)
        )
    kept = [key.partition("/")[2] for key in own.contents()]
    assert {"e29", "e28", "e20"} <= set(kept)
    assert len(kept) <= 11
    before = own.changes
    own.replace(own.contents())
    assert own.changes <= before + 1
    own.replace(own.contents())
    assert own.changes <= before + 1, "a fresh list of the same is no change"
