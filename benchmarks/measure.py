"""Shared by all benchmarks: the machine's facts, a table, and the measurement of a process."""

import os
import platform
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"


def machine() -> str:
    """Return the facts that figures depend on: machine, cores and versions."""
    versions = ", ".join(f"{n} {metadata.version(n)}" for n in ("numpy", "highspy", "msgspec"))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}, {versions}"
    )


@dataclass(slots=True)
class Table:
    """Rows of a figure's name, its value and its limit, if any."""

    name: str
    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, what: str, value: str, limit: str = "") -> None:
        """Add a figure."""
        self.rows.append((what, value, limit))

    def skip(self, why: str) -> None:
        """Record why there are no figures."""
        self.rows.append(("skipped", why, ""))

    def text(self) -> str:
        """Return the table as text."""
        widths = [max(len(row[i]) for row in [*self.rows, ("", "", "")]) for i in range(3)]
        lines = [f"\n{self.name}"]
        for row in self.rows:
            cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
            lines.append("  " + "  ".join(cells).rstrip())
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Run:
    """A finished process: seconds, peak memory of all children so far, output and exit code."""

    seconds: float
    peak_mib: float
    output: bytes
    code: int


def process(*arguments: str, environment: dict[str, str] | None = None) -> Run:
    """Run this interpreter with arguments and measure it from outside."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env=os.environ | (environment or {}),
        timeout=600,
    )
    seconds = time.perf_counter() - started
    peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if done.returncode not in (0, 2):
        sys.exit(done.stderr.decode())
    return Run(seconds, peak_kib / 1024, done.stdout, done.returncode)
