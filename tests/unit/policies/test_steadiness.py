"""How long the load has been about the same, by its history alone."""

from dataclasses import replace

import pytest

from kubestow.model.pod import Pod
from kubestow.model.policy_memory import LoadHistory
from kubestow.policies.steadiness import STEADY_AFTER, Steadiness, demand
from kubestow.testing import pod

HOUR = 3_600


def pods(cpu: int) -> list[Pod]:
    """Return pods of 1000 millicpu and one of the rest."""
    ones = [pod(f"p{n}", "1", "0") for n in range(cpu // 1000)]
    return [*ones, pod("rest", f"{cpu % 1000}m", "0")]


class Watcher:
    """Observes a load now and then, and remembers."""

    def __init__(self) -> None:
        self.history: LoadHistory | None = None

    def look(self, cpu: int, at: int, *, consolidates: bool = False) -> Steadiness:
        steady = Steadiness.of(pods(cpu), self.history, at)
        self.history = steady.after_consolidation() if consolidates else steady.history
        return steady


def test_a_load_is_what_pods_ask_for_and_8_gib_count_as_a_cpu() -> None:
    assert demand([pod("a", "500m", "4Gi")]) == 1000
    daemon = replace(pod("d", "2"), daemonset="kube-system/d")
    assert demand([daemon, replace(pod("b", "1"), terminating=True)]) == 0


def test_it_is_steady_for_as_long_as_it_changes_by_half_a_percent_at_most() -> None:
    watcher = Watcher()
    watcher.look(10_000, 0)
    assert watcher.look(10_050, 1000).quiet_seconds == 1000
    assert watcher.look(10_051, 2000).quiet_seconds == 0
    assert watcher.look(10_051, 2500).quiet_seconds == 500


def test_small_changes_that_add_up_are_a_change() -> None:
    watcher = Watcher()
    quiet = [watcher.look(10_000 + 40 * n, 100 * n).quiet_seconds for n in range(4)]
    assert quiet == [0, 100, 0, 100]


@pytest.mark.parametrize(
    ("quiet", "times", "more"),
    [(0, 1, HOUR), (HOUR - 1, 1, HOUR), (HOUR, 2, 2 * HOUR), (2 * HOUR, 4, None)],
)
def test_a_saving_counts_for_the_longer_the_longer_it_was_steady(
    quiet: int, times: int, more: int | None
) -> None:
    watcher = Watcher()
    watcher.look(10_000, 7)
    found = watcher.look(10_000, 7 + quiet)
    assert (found.times, found.next_at) == (times, more and 7 + more)
    assert found.is_due == (quiet >= STEADY_AFTER)


def test_consolidation_is_due_at_once_when_a_fifth_of_the_load_is_gone() -> None:
    watcher = Watcher()
    watcher.look(10_000, 0, consolidates=True)
    assert not watcher.look(8_001, 10).is_due
    assert watcher.look(8_000, 20).is_due
    watcher.look(8_000, 30, consolidates=True)
    assert not watcher.look(8_000, 40).is_due


def test_a_drop_is_measured_from_the_peak_since_the_last_consolidation() -> None:
    watcher = Watcher()
    watcher.look(5_000, 0, consolidates=True)
    watcher.look(10_000, 10)
    assert watcher.look(7_000, 20).is_due


def test_without_a_history_the_load_counts_as_one_that_has_just_changed() -> None:
    watcher = Watcher()
    watcher.look(10_000, 0)
    watcher.history = None
    assert watcher.look(10_000, 5 * HOUR).quiet_seconds == 0


def test_after_a_jump_a_saving_counts_for_a_third_until_three_hours_are_over() -> None:
    pods = (pod("a", "1"),)
    before = Steadiness.of(pods, None, 0).history
    soon = Steadiness.of(pods, before, 2 * HOUR, jumped_at=100)
    assert (soon.times, soon.next_at) == (0.35, 3 * HOUR + 100)
    later = Steadiness.of(pods, before, 3 * HOUR + 100, jumped_at=100)
    assert (later.times, later.next_at) == (4, None)


def test_a_load_has_risen_where_it_is_more_than_at_the_last_consolidation_and_at_its_peak() -> None:
    watcher = Watcher()
    assert not watcher.look(10_000, 1_000).has_risen
    assert not watcher.look(10_500, 1_500, consolidates=True).has_risen
    assert watcher.look(10_600, 4_000).has_risen
    assert not watcher.look(10_590, 5_000).has_risen
    watcher.look(10_590, 5_100, consolidates=True)
    watcher.look(10_000, 5_200)  # while its pods are evicted
    assert not watcher.look(10_590, 5_300).has_risen


def steps(*looks: tuple[int, int]) -> list[float]:
    """Return how many times a saving counts at (seconds, millicpu)."""
    watcher = Watcher()
    return [watcher.look(cpu, at).times for at, cpu in looks]


def test_what_falls_by_a_fifth_within_five_minutes_and_stays_is_a_step() -> None:
    assert steps((0, 10_000), (100, 8_000), (900, 8_000), (1000, 8_000)) == [1, 4, 4, 4]
    assert steps((0, 10_000), (100, 8_001)) == [1, 1]
    little_by_little = [(100 + 10 * n, 10_000 - 250 * n) for n in range(9)]
    assert steps((0, 10_000), *little_by_little)[-1] == 4


def test_what_falls_slowly_or_with_pauses_is_none() -> None:
    slowly = [(100 + 50 * n, 10_000 - 250 * n) for n in range(9)]  # in 400 s
    assert steps((0, 10_000), *slowly)[-1] == 1
    with_pauses = [(100 + 61 * n, 10_000 - 900 * n) for n in range(4)]
    assert steps((0, 10_000), *with_pauses)[-1] == 1


def test_a_step_ends_with_the_next_change_after_it() -> None:
    assert steps((0, 10_000), (100, 5_000), (200, 5_050)) == [1, 4, 1]


def test_a_fall_just_after_the_load_rose_is_a_step_from_its_height() -> None:
    assert steps((0, 100), (10, 5_000), (20, 10_000), (50, 7_900)) == [1, 1, 1, 4]


def test_after_a_jump_a_step_counts_for_no_more() -> None:
    history = LoadHistory(0, 10_000, 10_000)
    found = Steadiness.of(pods(5_000), history, 100, jumped_at=50)
    assert found.times < 1
