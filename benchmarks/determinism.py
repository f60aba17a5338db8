"""Plans are identical byte for byte in two runs and under two values of PYTHONHASHSEED."""

import hashlib
import tempfile
from pathlib import Path

from benchmarks import openb
from benchmarks.measure import Table, process


def run(table: Table) -> None:
    cases = {"online-shop": ["-f", "examples/online-shop", "--region", "ap-northeast-2"]}
    with tempfile.TemporaryDirectory() as folder:
        if openb.TRACE.is_file():
            pods, pool = openb.write_input(Path(folder))
            cases["openb"] = ["-f", str(pods), "--nodepool", str(pool), "--region", "us-east-1"]
        for name, arguments in cases.items():
            digests = {
                hashlib.sha256(
                    process(
                        "-m",
                        "kubestow",
                        "plan",
                        *arguments,
                        "-o",
                        "json",
                        "--no-timing",
                        environment={"PYTHONHASHSEED": seed},
                    ).output
                ).hexdigest()
                for seed in ("1", "1", "2")
            }
            table.add(name, f"{len(digests)} different outputs in 3 runs", "1")
