"""The optimiser on every instance: cost, bound, gap, nodes, time and memory, and a chart.

Run: python -m benchmarks.optimiser [--effort N] [--rehearse] [--picture FILE] [NAME ...]
Each instance runs in its own process, so that its memory is measured separately.
"""

import argparse
import itertools
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.instances import KARPENTER, NAMES, MissingError, snapshot
from benchmarks.measure import ROOT, machine

EFFORT = 60_000
GAP = 0.0005
_ABOVE = re.compile(r"at most ([0-9.]+) % above")
_WIDTH, _HEIGHT, _MARGIN = 720, 360, 48
_MOST = 10.0  # percent; larger gaps are drawn at the edge
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999")
Result = dict[str, Any]


class _Curve:
    """A reporter that records when the gap fell to which value."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float]] = []
        self._started = time.perf_counter()

    def progress(self, step: str, done: int, total: int) -> None:
        above = _ABOVE.search(step)
        if above:
            gap = float(above[1])
            if not self.points or gap < self.points[-1][1]:
                self.points.append((time.perf_counter() - self._started, gap))


def measure(name: str, effort: int, gap: float, rehearse: bool) -> Result:
    """Plan one instance and return its figures."""
    from kubestow import engine
    from kubestow.adapters.certificate_file import read_certificate, write_certificate
    from kubestow.verify import judge
    from kubestow.verify.bound import check_bound

    given = snapshot(name)
    pools = engine.pools_of(given)
    curve = _Curve()
    started = time.perf_counter()
    solved = engine.solve(given, work_limit=effort, gap=gap, reporter=curve)
    plan = solved.plan
    seconds = time.perf_counter() - started
    cost, bound = plan.cost_nano_usd_per_hour, plan.lower_bound.nano_usd_per_hour
    result: Result = {
        "name": name,
        "pods": sum(len(node.pods) for node in plan.nodes),
        "left": len(plan.unschedulable),
        "nodes": len(plan.nodes),
        "cost": cost / 1e9,
        "bound": bound / 1e9,
        "rung": plan.lower_bound.rung,
        "gap": 100 * (cost / bound - 1),
        "seconds": seconds,
        "first": curve.points[0][0] if curve.points else seconds,
        "peakMib": _peak_mib(),
        "violations": len(judge(given, plan, pools)),
        "curve": [*curve.points, (seconds, 100 * (cost / bound - 1))],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.json"
        write_certificate(path, solved.certificate())
        started = time.perf_counter()
        verdict = check_bound(given, read_certificate(path), pools)
        result["checked"] = time.perf_counter() - started
    result["certified"] = not verdict.failures
    if rehearse:
        started = time.perf_counter()
        rehearsed = engine.rehearse(given, plan)
        result["rehearsedGap"] = 100 * (rehearsed.cost_nano_usd_per_hour / bound - 1)
        result["rehearsedSeconds"] = time.perf_counter() - started
        assert rehearsed.rehearsed is not None
        result["pending"] = rehearsed.rehearsed.pending
    return result


def _peak_mib() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def row(r: Result) -> str:
    """Return one line of the table."""
    first = (
        f"{r['name']:16}{r['pods']:8}{r['nodes']:7}{r['cost']:12.3f}{r['bound']:12.3f} {r['rung']}"
    )
    peer = KARPENTER.get(r["name"])
    ratios = f"{r['cost'] / r['bound']:8.4f}{peer / r['bound'] if peer else float('nan'):8.3f}"
    times = f"{r['first']:7.1f}{r['seconds']:8.1f}{r['peakMib']:7.0f}"
    proof = f"  {'yes' if r['certified'] else 'NO'} {r['checked']:.1f} s"
    more = (
        f"  {r['rehearsedGap']:6.2f} % ({r['rehearsedSeconds']:.0f} s, {r['pending']} Pending)"
        if "rehearsedGap" in r
        else ""
    )
    broken = f"  {r['violations']} VIOLATIONS" if r["violations"] else ""
    left = f"  {r['left']} LEFT" if r["left"] else ""
    return f"{first}{r['gap']:7.2f} %{ratios}{times}{proof}{more}{broken}{left}"


HEAD = (
    f"{'instance':16}{'pods':>8}{'nodes':>7}{'USD/h':>12}{'bound':>12}   {'gap':>8}"
    f"{'/bound':>8}{'Karp.':>8}{'first':>7}{'s':>8}{'MiB':>7}  certificate  gap after rehearsal"
)


def picture(results: list[Result]) -> str:
    """Return the gaps over time as an SVG: seconds on a square-root scale."""
    most = max(point[0] for r in results for point in r["curve"]) or 1.0
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH + 160}" height="{_HEIGHT}"'
        ' font-family="sans-serif" font-size="11">',
        f'<rect width="{_WIDTH + 160}" height="{_HEIGHT}" fill="white"/>',
    ]

    def place(seconds: float, gap: float) -> str:
        x = _MARGIN + (seconds / most) ** 0.5 * (_WIDTH - 2 * _MARGIN)
        y = _HEIGHT - _MARGIN - min(gap, _MOST) / _MOST * (_HEIGHT - 2 * _MARGIN)
        return f"{x:.1f},{y:.1f}"

    for gap in range(int(_MOST) + 1):
        ends = place(0, gap).split(","), place(most, gap).split(",")
        lines.append(
            f'<line x1="{ends[0][0]}" y1="{ends[0][1]}" x2="{ends[1][0]}" y2="{ends[1][1]}"'
            f' stroke="#ddd"/><text x="12" y="{float(ends[0][1]) + 4}">{gap} %</text>'
        )
    for share in (0.0, 0.01, 0.05, 0.2, 0.5, 1.0):
        x = place(share * most, 0).split(",")[0]
        lines.append(f'<text x="{x}" y="{_HEIGHT - 24}">{share * most:.1f} s</text>')
    for number, r in enumerate(results):
        colour = _COLOURS[number % len(_COLOURS)]
        points = [(float(seconds), float(gap)) for seconds, gap in r["curve"]]
        path = [place(*points[0])]
        for before, after in itertools.pairwise(points):
            path += [place(after[0], before[1]), place(*after)]
        dash = ' stroke-dasharray="5 3"' if number >= len(_COLOURS) else ""
        lines.append(f'<polyline points="{" ".join(path)}" fill="none" stroke="{colour}"{dash}/>')
        y = _MARGIN + 16 * number
        lines.append(
            f'<text x="{_WIDTH + 4}" y="{y}" fill="{colour}">{r["name"]} {r["gap"]:.2f} %</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--effort", type=int, default=EFFORT)
    parser.add_argument("--gap", type=float, default=GAP)
    parser.add_argument("--rehearse", action="store_true")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.names or list(NAMES)
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        sys.exit(f"unknown instance {unknown[0]!r}; expected one of {', '.join(NAMES)}")
    if options.inside:
        try:
            print(json.dumps(measure(names[0], options.effort, options.gap, options.rehearse)))
        except MissingError as why:
            print(json.dumps({"skipped": str(why)}))
        return
    print(machine())
    print(f"work limit {options.effort}, gap {100 * options.gap} %\n{HEAD}", flush=True)
    results = []
    for name in names:
        more = ["--effort", str(options.effort), "--gap", str(options.gap), "--inside"]
        more += ["--rehearse"] if options.rehearse else []
        command = [sys.executable, "-m", "benchmarks.optimiser", name, *more]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=3600)
        if done.returncode:
            sys.exit(done.stderr.decode())
        result = json.loads(done.stdout)
        if "skipped" in result:
            print(f"{name:16}skipped: {result['skipped']}", flush=True)
            continue
        results.append(result)
        print(row(result), flush=True)
    if options.picture and results:
        options.picture.write_text(picture(results))


if __name__ == "__main__":
    main()
