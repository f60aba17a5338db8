"""openb: 8,152 real pods of a production cluster (Alibaba cluster-trace-gpu-v2023).

The trace is licensed for research and study and is not part of this project: the benchmark is
skipped, with a message, if the file is not available. PROTOCOL.md has peer figures.
"""

import csv
import gzip
import json
import tempfile
from pathlib import Path

from benchmarks.measure import SHARED, Table, process

TRACE = SHARED / "workloads" / "openb_pod_list_default.csv.gz"
_REQUIREMENTS = [
    ("karpenter.k8s.aws/instance-category", "In", ["c", "m", "r"]),
    ("karpenter.k8s.aws/instance-generation", "Gt", ["4"]),
    ("karpenter.k8s.aws/instance-hypervisor", "In", ["nitro"]),  # no bare metal
    ("kubernetes.io/arch", "In", ["amd64"]),
    ("karpenter.sh/capacity-type", "In", ["on-demand"]),
    ("topology.kubernetes.io/zone", "In", ["us-east-1a", "us-east-1b", "us-east-1c"]),
]


def write_input(folder: Path) -> tuple[Path, Path]:
    """Write the pods as a List (cpu and memory requests only) and the NodePool."""
    pods, pool = folder / "pods.json", folder / "nodepool.json"
    with gzip.open(TRACE, "rt") as file:
        items = [_pod(row) for row in csv.DictReader(file)]
    pods.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    requirements = [{"key": k, "operator": o, "values": v} for k, o, v in _REQUIREMENTS]
    pool.write_text(
        json.dumps(
            {
                "apiVersion": "karpenter.sh/v1",
                "kind": "NodePool",
                "metadata": {"name": "openb"},
                "spec": {"template": {"spec": {"requirements": requirements}}},
            }
        )
    )
    return pods, pool


def _pod(row: dict[str, str]) -> dict[str, object]:
    requests = {"cpu": f"{row['cpu_milli']}m", "memory": f"{row['memory_mib']}Mi"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": row["name"]},
        "spec": {"containers": [{"name": "main", "resources": {"requests": requests}}]},
    }


def run(table: Table) -> None:
    if not TRACE.is_file():
        table.skip("the openb trace is not at hand")
        return
    with tempfile.TemporaryDirectory() as folder:
        pods, pool = write_input(Path(folder))
        done = process(
            "-m",
            "kubestow",
            "plan",
            "-f",
            str(pods),
            "--nodepool",
            str(pool),
            "--region",
            "us-east-1",
            "-o",
            "json",
        )
    plan = json.loads(done.output)
    table.add("unschedulable", str(len(plan["unschedulable"])), "0")
    table.add("nodes", str(len(plan["nodes"])))
    table.add("cost", f"{plan['cost']['usdPerHour']:.2f} USD/h", "at most 3930")
    bound = plan["bound"]
    table.add("bound", f"{bound['usdPerHour']:.2f} USD/h ({bound['rung']})", "at least 3647")
    table.add("gap", f"{100 * bound['gap']:.2f} %")
    table.add("solved in", f"{plan['timing']['solveSeconds']:.2f} s", "under 10 s")
    table.add("whole process", f"{done.seconds:.2f} s, {done.peak_mib:.0f} MiB")
