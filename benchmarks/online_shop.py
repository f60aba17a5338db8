"""The README's example, from the start of the process to its output."""

import statistics

from benchmarks.measure import Table, process


def run(table: Table) -> None:
    arguments = (
        "-m",
        "kubestow",
        "plan",
        "-f",
        "examples/online-shop",
        "--region",
        "ap-northeast-2",
    )
    runs = [process(*arguments) for _ in range(5)]
    seconds = [run.seconds for run in runs]
    table.add(
        "process start to table", f"{statistics.median(seconds):.2f} s (median of 5)", "under 2 s"
    )
    table.add("fastest and slowest", f"{min(seconds):.2f} s, {max(seconds):.2f} s")
    for line in runs[0].output.decode().splitlines()[:3]:
        table.add("", line.strip())
