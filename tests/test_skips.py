"""With the plugin of tests/skips.py, only a skip whose reason is allowed and true passes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .skips import OPENB, Need, objection

ROOT = Path(__file__).parents[1]
PLUGIN = ("-p", "tests.skips")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what runs pytest on the text of one test file."""

    def run(text: str, *options: str) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "test_it.py"
        file.write_text(text, encoding="utf-8")
        config = ("-c", os.devnull, "--rootdir", str(tmp_path), "-p", "no:cacheprovider")
        return subprocess.run(
            [sys.executable, "-m", "pytest", *config, *options, str(file)],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


MARKED = "import pytest\n@pytest.mark.skip(reason='not today')\ndef test_it(): ..."
CALLED = "import pytest\ndef test_it(): pytest.skip('not today')"
IN_A_FIXTURE = (
    "import pytest\n@pytest.fixture\ndef x(): pytest.skip('not today')\ndef test_it(x): ..."
)
WHOLE_MODULE = "import pytest\npytest.skip('not today', allow_module_level=True)"
WITHOUT_A_PACKAGE = "import pytest\npytest.importorskip('no_such_package', reason='not today')"
SKIPPED = [MARKED, CALLED, IN_A_FIXTURE, WHOLE_MODULE, WITHOUT_A_PACKAGE]


@pytest.mark.parametrize("text", SKIPPED)
def test_a_skip_for_a_reason_that_is_not_allowed_fails(run: Run, text: str) -> None:
    result = run(text, *PLUGIN)
    assert result.returncode != 0, result.stdout
    assert "not today: this reason is not allowed" in result.stdout


@pytest.mark.parametrize("text", [CALLED, WHOLE_MODULE])
def test_it_fails_in_a_worker_of_xdist_too(run: Run, text: str) -> None:
    result = run(text, *PLUGIN, "-n", "1")
    assert result.returncode != 0, result.stdout
    assert "not today: this reason is not allowed" in result.stdout


def test_without_the_plugin_a_skip_is_a_skip(run: Run) -> None:
    result = run(CALLED, "-rs")
    assert result.returncode == 0, result.stdout
    assert "1 skipped" in result.stdout


def test_tests_that_pass_or_fail_as_expected_are_left_alone(run: Run) -> None:
    text = "import pytest\ndef test_1(): ...\n@pytest.mark.xfail\ndef test_2(): assert 0"
    result = run(text, *PLUGIN)
    assert result.returncode == 0, result.stdout
    assert "1 passed, 1 xfailed" in result.stdout


def test_an_allowed_reason_is_allowed_only_where_it_is_true() -> None:
    assert objection("no moon", (Need("no moon", lambda: False),)) is None
    assert objection("no moon", (Need("no moon", lambda: True),)) == "that is not so here"


def test_an_absent_file_may_be_missed_and_one_that_is_there_may_not(run: Run) -> None:
    text = f"import pytest\ndef test_it(): pytest.skip({OPENB.reason!r})"
    result = run(text, *PLUGIN)
    assert bool(result.returncode) == bool(OPENB.met()), result.stdout
