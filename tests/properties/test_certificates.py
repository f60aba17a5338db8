"""Certificates of random clusters' plans, checked by code that shares nothing with the planner."""

from dataclasses import replace
from pathlib import Path

import pytest

from kubestow import engine
from kubestow.adapters.certificate_file import read_certificate, write_certificate
from kubestow.verify.bound import check_bound

from .test_plans import random_snapshot


@pytest.mark.parametrize("seed", range(30))
def test_a_plan_s_certificate_proves_its_minimum_and_no_more(seed: int, tmp_path: Path) -> None:
    state = random_snapshot(seed)
    pools = engine.pools_of(state)
    solved = engine.solve(state, work_limit=1_000)
    file = tmp_path / "certificate.json"
    write_certificate(file, solved.certificate())
    found = read_certificate(file)
    verdict = check_bound(state, found, pools)
    assert not verdict.failures
    assert found.bound_nano_usd_per_hour <= solved.plan.cost_nano_usd_per_hour
    more = replace(found, bound_nano_usd_per_hour=solved.plan.cost_nano_usd_per_hour + 1)
    assert check_bound(state, more, pools).failures
