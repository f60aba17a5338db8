"""The conditions under which a test may be skipped, and a plugin that allows no others.

Load the plugin with ``-p tests.skips``: a skip then fails unless its reason is one of ``NEEDS``
and what that reason says is absent really is.
"""

import os
import shutil
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """Return the path of the Chromium to test pages in: the one named, or one on the PATH."""
    installed = filter(None, map(shutil.which, BROWSERS))
    return os.environ.get("KUBESTOW_CHROMIUM") or next(installed, None)


def prometheus() -> str | None:
    """Return the path of the Prometheus that is asked: the one named, or the one on the PATH."""
    return os.environ.get("KUBESTOW_PROMETHEUS") or shutil.which("prometheus")


Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@dataclass(frozen=True)
class Need:
    """What a test cannot run without, and the reason to give where it is absent."""

    reason: str
    met: Callable[[], object]

    def skip_unless_met(self) -> None:
        """Skip the test that asks if the need is not met."""
        if not self.met():
            pytest.skip(self.reason)


def data_file(name: str) -> Need:
    """Return the need for a file of reference data, which is not part of the project."""
    return Need(f"../shared/data/{name} does not exist", (DATA / name).is_file)


CHROMIUM = Need("no Chromium is installed, and KUBESTOW_CHROMIUM names none", chromium)
GO = Need(
    "Go is not installed, so kube-scheduler and helm cannot be built", lambda: shutil.which("go")
)
OPENB = data_file("workloads/openb_pod_list_default.csv.gz")
PUBLISHED_LABELS = data_file("aws/published_node_labels_and_allocatable.jsonl.gz")
PROMETHEUS = Need("no Prometheus is installed, and KUBESTOW_PROMETHEUS names none", prometheus)
NEEDS = (CHROMIUM, GO, OPENB, PROMETHEUS, PUBLISHED_LABELS)


def objection(reason: str, needs: tuple[Need, ...] = NEEDS) -> str | None:
    """Say why a test must not be skipped for this reason, or return None if it may."""
    need = next((need for need in needs if need.reason == reason), None)
    if need is None:
        return "this reason is not allowed (tests/skips.py lists those that are)"
    return "that is not so here" if need.met() else None


def refuse(report: Report) -> Report:
    """Turn a skip that is not allowed into a failure."""
    if report.skipped and isinstance(report.longrepr, tuple):
        file, line, message = report.longrepr
        wrong = objection(message.removeprefix("Skipped: "))
        if wrong:
            report.outcome = "failed"
            report.longrepr = f"{file}:{line}: {message}: {wrong}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge the skips of tests and of their fixtures."""
    return refuse((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge the skips of whole modules."""
    return refuse((yield))
