"""What one solve leaves for the next, and what is made of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from kubestow import engine
from kubestow.adapters.warm_start_file import read_warm_start, write_warm_start
from kubestow.model.input_error import InputError
from kubestow.model.snapshot import Snapshot
from kubestow.model.warm_start import WarmStart
from kubestow.verify import judge
from kubestow.verify.bound import check_bound

from .test_plans import random_snapshot

SEEDS = range(12)


def with_fewer_pods(state: Snapshot) -> Snapshot:
    """Return the snapshot without every seventh pod."""
    kept = tuple(pod for i, pod in enumerate(state.cluster.pods) if i % 7)
    return replace(state, cluster=replace(state.cluster, pods=kept))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_from_what_the_last_left_is_legal_and_proven(seed: int, tmp_path: Path) -> None:
    state = random_snapshot(seed)
    write_warm_start(tmp_path / "start", engine.solve(state, work_limit=1_000).warm_start())
    changed = with_fewer_pods(state)
    start = read_warm_start(str(tmp_path / "start"))
    solved = engine.solve(changed, work_limit=1_000, start=start)
    pools = engine.pools_of(changed)
    assert not judge(changed, solved.plan, pools)
    assert not check_bound(changed, solved.certificate(), pools).failures
    cold = engine.plan(changed, work_limit=1_000)
    assert solved.plan.lower_bound.nano_usd_per_hour <= cold.cost_nano_usd_per_hour
    assert len(solved.plan.unschedulable) == len(cold.unschedulable)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fleet_that_still_fits_is_no_worse_than_it_was(seed: int) -> None:
    state = random_snapshot(seed)
    first = engine.solve(state, work_limit=1_000)
    again = engine.solve(state, work_limit=1_000, start=first.warm_start())
    if not any(pool.limits for pool in engine.pools_of(state)) and not state.cluster.nodes:
        assert again.plan.cost_nano_usd_per_hour <= first.plan.cost_nano_usd_per_hour
    assert again.plan == engine.solve(state, work_limit=1_000, start=first.warm_start()).plan


def test_what_is_known_of_other_pods_is_passed_over() -> None:
    state, other = random_snapshot(1), random_snapshot(2)
    start = engine.solve(other, work_limit=1_000).warm_start()
    foreign = WarmStart(tuple((f"x{k}", v) for k, v in start.values), start.loads)
    assert not judge(state, engine.solve(state, start=foreign).plan, engine.pools_of(state))


def test_a_warm_start_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    start = engine.solve(random_snapshot(3), work_limit=1_000).warm_start()
    write_warm_start(tmp_path / "start.json", start)
    found = read_warm_start(str(tmp_path / "start.json"))
    assert found is not None
    assert found == start
    assert start.values
    assert any(load.nodes for load in start.loads)


def test_a_warm_start_file_may_not_be_there_yet(tmp_path: Path) -> None:
    assert read_warm_start(str(tmp_path / "none.json")) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a warm start"),
        ("[]", "not a warm start: Expected `object`, got `array`"),
        ('{"apiVersion":"v1","kind":"Pod","values":{},"loads":[]}', "found v1 Pod"),
        ('{"apiVersion":"kubestow.dev/v1alpha1","kind":"WarmStart","values":{"a":-1},"loads":[]}',
         "out of range"),
        ('{"apiVersion":"kubestow.dev/v1alpha1","kind":"WarmStart","values":{"a":1'
         + "0" * 400 + '},"loads":[]}', "a number has more than 100 digits"),
        ('{"apiVersion":"kubestow.dev/v1alpha1","kind":"WarmStart","values":{},"loads":[{"nodePool":'
         '"p","instanceType":"t","capacityType":"spot","zone":"z","pods":{},"nodes":2}]}',
         "a load has no pods"),
        ('{"apiVersion":"kubestow.dev/v1alpha1","kind":"WarmStart","values":{},"loads":[{"nodePool":'
         '"p","instanceType":"t","capacityType":"spot","zone":"z","pods":{"a":0},"nodes":2}]}',
         "out of range"),
    ],
)  # fmt: skip
def test_anything_else_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "start.json"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_warm_start(str(file))
    assert message in str(caught.value)
    assert str(file) in str(caught.value)
