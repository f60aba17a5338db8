"""A sweep's grid, the keys of its runs, and its statistics worked out by hand."""

from dataclasses import replace

import pytest

from kubestow.adapters.catalog_files import load_catalog
from kubestow.model.nodepool import Disruption, NodePool
from kubestow.model.simulated import Result
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.spot_prices import SYNTHETIC, SpotPrices
from kubestow.model.sweep import Row, Setting
from kubestow.simulation.job import Job
from kubestow.simulation.sweep import (
    RunVariant,
    SettingGrid,
    base_digest,
    changes,
    estimate,
    key_of,
    student_t,
    summaries,
)

GRID = SettingGrid(("optimal", "karpenter"), ("steady",), ("none", "spot"), (900,), (3600,))


def setting(policy: str, faults: str = "none") -> Setting:
    return Setting(policy, "steady", faults, 900, 3600)


def row(policy: str, seed: int, nano_usd: int, evictions: int = 0) -> Row:
    result = Result(
        policy, seed, 3600, nano_usd, 0, 1, 1, 1, 0, 5, 0, 100, 30, 60, evictions,
        0, 0, 0, 0.5, 9, 99, 10, None, (),
    )  # fmt: skip
    return Row(f"{policy}-{seed}", "web.yaml", "eu-north-1", setting(policy), result)


def job() -> Job:
    return Job(Snapshot(Cluster(), load_catalog("eu-north-1")), "optimal", 3600, generated=3)


def test_a_grid_combines_all_values_and_the_policies_of_a_point_follow_each_other() -> None:
    assert len(GRID) == 4
    assert list(GRID.settings()) == [
        setting("optimal"),
        setting("karpenter"),
        setting("optimal", "spot"),
        setting("karpenter", "spot"),
    ]


def test_runs_come_seed_by_seed_so_that_pairs_are_whole_early() -> None:
    found = list(changes(GRID, [7, 3]))
    assert [change.seed for change in found] == [7] * 4 + [3] * 4
    assert found[0].of(job()) == replace(
        job(), policy="optimal", shape="steady", faults="none", step=900, seed=7
    )


def test_runs_have_keys_of_their_own_that_stay_the_same() -> None:
    shared = base_digest(job(), "1")
    keys = [key_of(shared, change) for change in changes(GRID, range(50))]
    assert len(set(keys)) == 200
    again = base_digest(job(), "1")
    assert [key_of(again, change) for change in changes(GRID, range(50))] == keys


def test_what_a_run_does_not_vary_is_in_its_key() -> None:
    base = job()
    found = {
        base_digest(one, version)
        for one, version in (
            (base, "1"),
            (base, "2"),
            (replace(base, generated=4), "1"),
            (replace(base, spot=True), "1"),
            (replace(base, node_group_types=("m5.large",)), "1"),
            (replace(base, spot_prices=SpotPrices(SYNTHETIC, 0.2)), "1"),
            (replace(base, spot_prices=SpotPrices(SYNTHETIC, 0.3)), "1"),
        )
    }
    assert len(found) == 7
    assert base_digest(replace(base, policy="karpenter", seed=9), "1") == base_digest(base, "1")


def test_how_a_pool_is_consolidated_is_in_the_key() -> None:
    base = job()
    digests = set()
    for seconds in (0, 300):
        pool = NodePool("own", disruption=Disruption(consolidate_after=seconds))
        cluster = replace(base.snapshot.cluster, nodepools=(pool,))
        own = replace(base, snapshot=replace(base.snapshot, cluster=cluster))
        digests.add(base_digest(own, "1"))
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (10, 2.2281), (30, 2.0423),
     (99, 1.9842), (1000, 1.9623)],
)  # fmt: skip
def test_students_t_is_that_of_the_tables(freedom: int, expected: float) -> None:
    assert student_t(0.95, freedom) == pytest.approx(expected, abs=5e-5)


def test_students_t_knows_other_confidences() -> None:
    assert student_t(0.99, 5) == pytest.approx(4.0321, abs=5e-5)
    assert student_t(0.90, 8) == pytest.approx(1.8595, abs=5e-5)


def test_an_interval_by_hand() -> None:
    """2, 4 and 9: mean 5, variance (9 + 1 + 16) / 2 = 13, so 4.3027 * sqrt(13 / 3) either way."""
    found = estimate([2, 4, 9])
    assert found.mean == 5
    assert found.half_width == pytest.approx(4.30265 * (13 / 3) ** 0.5, abs=1e-4)


def test_one_run_has_no_interval() -> None:
    assert estimate([7]).half_width is None


def test_settings_are_ranked_by_cost_and_compared_seed_by_seed() -> None:
    """Differences 10, 12 and 14: mean 12, variance 4, so 4.3027 * sqrt(4 / 3) either way."""
    rows = [
        *(row("karpenter", seed, usd) for seed, usd in ((1, 90), (2, 188), (3, 286))),
        *(row("optimal", seed, usd) for seed, usd in ((1, 100), (2, 200), (3, 300), (4, 10**6))),
    ]
    first, second = summaries(rows, replace(GRID, policy=("karpenter", "optimal")))
    assert (first.setting.policy, first.runs, first.difference) == ("karpenter", 3, None)
    assert (second.setting.policy, second.runs) == ("optimal", 4)
    assert second.difference is not None
    assert (second.difference.policy, second.difference.pairs) == ("karpenter", 3)
    found = second.difference.figures["nano_usd"]
    assert found.mean == 12
    assert found.half_width == pytest.approx(4.30265 * (4 / 3) ** 0.5, abs=1e-4)
    assert found.half_width < first.figures["nano_usd"].half_width / 10  # pairing pays


def test_policies_without_a_seed_in_common_are_not_compared() -> None:
    found = summaries([row("optimal", 1, 5), row("karpenter", 2, 4)], GRID)
    assert [(one.setting.policy, one.difference) for one in found] == [
        ("karpenter", None),
        ("optimal", None),
    ]


def test_a_run_counts_once_however_often_it_is_given() -> None:
    (found,) = summaries([row("optimal", 1, 5), row("optimal", 1, 5)], GRID)
    assert found.runs == 1


def test_a_change_makes_its_job_and_leaves_the_rest() -> None:
    own = RunVariant(Setting("karpenter", "weekly", "all", 60, 7200), 5).of(job())
    assert (own.policy, own.shape, own.faults) == ("karpenter", "weekly", "all")
    assert (own.step, own.seconds, own.seed, own.generated) == (60, 7200, 5, 3)
