"""The lower bound of whole loads: higher than that of volumes, never above a fleet."""

import dataclasses

import numpy as np
import pytest

from kubestow.model.reporter import EnoughError, SilentReporter
from kubestow.provisioning.programs.relaxation import Relaxation
from kubestow.provisioning.proof.column_generation import RUNG, ColumnGeneration
from kubestow.provisioning.proof.lower_bound import prove

NANO = 1e9


def crumbs() -> Relaxation:
    """Return six pods of 0.51 of a node and twelve of 0.26: eight nodes at one USD each.

    A large pod leaves room for one small one; by volume it is nearly two.
    """
    requests = np.array([[51.0, 1.0, 1.0], [26.0, 1.0, 1.0]])
    demand, capacity = np.array([6.0, 12.0]), np.array([[100.0, 99.0, 99.0]])
    fits = np.array([[1.0], [3.0]])
    none = np.zeros((0, 3))
    return Relaxation(requests, demand, capacity, np.array([NANO]), fits, none, np.zeros((2, 0)))


def test_whole_loads_prove_more_than_volumes() -> None:
    r = crumbs()
    before = prove(r)
    proof = ColumnGeneration(r, before).converge(1e30, 1_000, SilentReporter())
    assert proof.rung == RUNG
    assert before.proven < proof.proven
    assert proof.proven == pytest.approx(8 * NANO, rel=1e-3)
    assert proof.proven <= 8 * NANO


def test_it_ends_at_its_goal_or_when_asked_to() -> None:
    class Enough:
        def progress(self, step: str, done: int, total: int) -> None:
            raise EnoughError

    r = crumbs()
    before = prove(r)
    assert ColumnGeneration(r, before).converge(0.0, 1_000, SilentReporter()) is before
    assert ColumnGeneration(r, before).converge(1e30, 1_000, Enough()) is before


def test_the_loads_that_cover_the_demand_together_are_given() -> None:
    r = crumbs()
    columns = ColumnGeneration(r, prove(r))
    columns.converge(1e30, 1_000, SilentReporter())
    loads = np.array([load for _, load in columns.mixed()])
    assert len(loads)
    assert (loads @ r.requests <= r.capacity[0]).all()


def test_values_from_elsewhere_are_only_believed_as_far_as_they_prove() -> None:
    r = crumbs()
    before = prove(r)
    columns = ColumnGeneration(r, before)
    assert columns.seek(np.zeros(2)).proven == before.proven
    better = columns.seek(np.array([2 * NANO / 3, NANO / 3]))
    assert before.proven < better.proven <= 8 * NANO


def test_a_last_round_that_cannot_raise_the_bound_ends_early_unless_its_loads_are_wanted() -> None:
    one = crumbs()
    r = dataclasses.replace(
        one,
        capacity=np.repeat(one.capacity, 40, axis=0),
        prices=np.full(40, NANO),
        fits=np.repeat(one.fits, 40, axis=1),
    )
    best = ColumnGeneration(r, prove(r)).converge(1e30, 1_000, SilentReporter())
    whole, ended = ColumnGeneration(r, best), ColumnGeneration(r, best)
    assert whole.converge(1e30, 0, SilentReporter()) is best
    assert ended.converge(1e30, 0, SilentReporter(), wants_loads=False) is best
    assert ended.work < whole.work / 2
