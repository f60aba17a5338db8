"""The policy in docs/simulation.md runs as it stands there."""

import re
from pathlib import Path
from typing import Any

GUIDE = Path(__file__).parents[1] / "docs" / "simulation.md"


def test_the_policy_of_the_guide_runs_and_costs_more_than_the_optimal_one(capsys: Any) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    exec(compile(code, str(GUIDE), "exec"), {"__name__": "guide"})
    lines = capsys.readouterr().out.splitlines()
    names = [line.partition(":")[0] for line in lines]
    costs = [float(line.split()[1]) for line in lines]
    assert names == ["never-shrinks", "optimal"]
    assert costs[0] > costs[1] > 0
