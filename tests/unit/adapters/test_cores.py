"""The cores that this process may use."""

import os

import pytest

from kubestow.adapters.cores import cores


def test_a_process_that_is_bound_to_some_cores_has_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert cores() == 2


@pytest.mark.parametrize(("there", "found"), [(8, 8), (None, 1)])
def test_where_processes_are_not_bound_all_cores_count(
    there: int | None, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: there)
    assert cores() == found
