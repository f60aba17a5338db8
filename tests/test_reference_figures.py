"""Figures on workloads that are not part of the project; skipped where those are absent."""

import json
import os
import subprocess
import sys
from pathlib import Path

from .skips import OPENB

ROOT = Path(__file__).parents[1]


def test_openb_costs_less_than_its_limit_and_is_bounded_from_below(tmp_path: Path) -> None:
    OPENB.skip_unless_met()
    code = (
        "import sys; from pathlib import Path; from benchmarks import openb; "
        "openb.write_input(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True, timeout=60)
    command = [
        "-m",
        "kubestow",
        "plan",
        "-f",
        str(tmp_path / "pods.json"),
        "--nodepool",
        str(tmp_path / "nodepool.json"),
        "--region",
        "us-east-1",
        "-o",
        "json",
        "--no-timing",
    ]
    outputs = {
        subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            check=True,
            capture_output=True,
            timeout=300,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1, "the plan depends on PYTHONHASHSEED"
    plan = json.loads(outputs.pop())
    assert plan["unschedulable"] == []
    assert plan["cost"]["usdPerHour"] <= 3930
    assert plan["bound"]["usdPerHour"] >= 3647
