"""Reading 20,000 pods of realistic size from one JSON List."""

import json
import tempfile
from pathlib import Path

from benchmarks.measure import Table, process

PODS = 20_000
_CODE = """
import sys, time
from kubestow.adapters.files import read_files
started = time.perf_counter()
reading = read_files([sys.argv[1]])
assert not reading.problems and len(reading.cluster.pods) == int(sys.argv[2])
print(time.perf_counter() - started, len({pod.template for pod in reading.cluster.pods}))
"""


def pod(number: int) -> dict[str, object]:
    """Return a pod as large as a live one, about nine kilobytes."""
    service = number % 400
    environment = [
        {"name": f"SETTING_{i}", "value": f"value-of-{service}-{i}" * 3} for i in range(60)
    ]
    container = {
        "name": "main",
        "image": f"registry.example/team/service-{service}:1.{number % 9}",
        "env": environment,
        "ports": [{"containerPort": 8080, "protocol": "TCP"}],
        "resources": {
            "requests": {
                "cpu": f"{50 * (1 + service % 20)}m",
                "memory": f"{64 * (1 + service % 30)}Mi",
            },
            "limits": {"memory": f"{128 * (1 + service % 30)}Mi"},
        },
        "volumeMounts": [{"name": f"v{i}", "mountPath": f"/mnt/{i}"} for i in range(8)],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"service-{service}-{number:05d}",
            "namespace": f"team-{service % 40}",
            "uid": f"00000000-0000-0000-0000-{number:012d}",
            "labels": {"app": f"service-{service}", "pod-template-hash": f"{service:08x}"},
            "annotations": {f"example.com/note-{i}": "x" * 80 for i in range(12)},
        },
        "spec": {
            "containers": [container],
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "tolerations": [
                {
                    "key": "node.kubernetes.io/not-ready",
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": 300,
                }
            ],
            "volumes": [
                {"name": f"v{i}", "configMap": {"name": f"settings-{i}-{number}"}} for i in range(8)
            ],
        },
        "status": {
            "phase": "Pending",
            "conditions": [
                {"type": t, "status": "False", "message": "y" * 120}
                for t in ("PodScheduled", "Initialized", "Ready")
            ],
        },
    }


def run(table: Table) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pods.json"
        # Written pod by pod: a child's peak memory includes its parent's when it was forked.
        with path.open("w") as file:
            file.write('{"apiVersion": "v1", "kind": "List", "items": [')
            for number in range(PODS):
                file.write(("," if number else "") + json.dumps(pod(number)))
            file.write("]}")
        size = path.stat().st_size / 2**20
        empty = process("-c", "import kubestow.adapters.files")
        done = process("-c", _CODE, str(path), str(PODS))
    seconds, templates = done.output.split()
    table.add("input", f"{PODS} pods, {size:.0f} MiB, {int(templates)} templates")
    table.add("read in", f"{float(seconds):.2f} s", "under 3 s")
    table.add("peak memory", f"{done.peak_mib:.0f} MiB", "under 600 MiB")
    table.add("whole process", f"{done.seconds:.2f} s ({empty.seconds:.2f} s of it imports)")
