"""The script that labels and taints nodes: run by a real shell against a small kubectl."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.taints import FILL_ORDER
from kubestow.report.kubectl_script import MARK, kubectl_script
from kubestow.testing import nodepool, replicas, snapshot

# A kubectl that keeps its nodes in a JSON file: get nodes -l, label, taint.
KUBECTL = """#!{python}
import json, os, sys
path = os.environ["NODES"]
nodes = json.load(open(path))
words = [w for w in sys.argv[1:] if w != "--overwrite"]
def holds(labels, text):
    if text.startswith("!"):
        return text[1:] not in labels
    if "!=" in text:
        key, value = text.split("!=")
        return labels.get(key) != value
    key, value = text.split("=")
    return labels.get(key) == value
if words[0] == "get" and "-l" not in words:
    assert words[3:] == [r"jsonpath={.metadata.annotations.kubestow\\.dev/open-since}"], words
    print(nodes[words[1].removeprefix("node/")].get("opened", ""), end="")
elif words[0] == "get":
    selector = words[words.index("-l") + 1].split(",")
    for name in nodes:
        if all(holds(nodes[name]["labels"], text) for text in selector):
            print("node/" + name)
elif words[0] == "label":
    nodes[words[1].removeprefix("node/")]["labels"] |= dict(w.split("=") for w in words[2:])
else:
    assert words[:2] == ["taint", "nodes"], words
    nodes[words[2]]["taints"] += [w for w in words[3:] if w not in nodes[words[2]]["taints"]]
json.dump(nodes, open(path, "w"))
"""
Nodes = dict[str, dict[str, Any]]


def script(*, held: bool = False) -> str:
    """Return the script of three nodes alike, of which one is filled later."""
    pool = nodepool(
        "general", (names.INSTANCE_TYPE, "In", ["m5.large"]), (names.ZONE, "In", ["zone-a"])
    )
    pods = replicas(3, "web", "1500m", "6Gi", node_selector=(("team", "a"),))
    state = snapshot(pods, nodepools=(replace(pool, labels=(("team", "a"),)),))
    plan = engine.plan(state, work_limit=100)
    later = replace(plan.nodes[1], taints=FILL_ORDER[:1])
    plan = replace(plan, nodes=(plan.nodes[0], later, plan.nodes[2]))
    return kubectl_script(plan, state, engine.pools_of(state), held=held)


def ran(text: str, nodes: Nodes, directory: Path) -> tuple[int, str, Nodes]:
    """Run a script where these nodes are; return its exit code, its errors and the nodes then."""
    kubectl = directory / "kubectl"
    kubectl.write_text(KUBECTL.replace("{python}", sys.executable))
    kubectl.chmod(0o755)
    state = directory / "nodes.json"
    state.write_text(json.dumps(nodes))
    environment = os.environ | {"NODES": str(state), "PATH": f"{directory}:{os.environ['PATH']}"}
    shell = shutil.which("sh") or "sh"
    done = subprocess.run(
        [shell, "-c", text], env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr, json.loads(state.read_text())


def fleet(count: int, **labels: str) -> Nodes:
    place = {names.INSTANCE_TYPE: "m5.large", names.ZONE: "zone-a"} | labels
    return {f"ip-{number}": {"labels": place, "taints": []} for number in range(count)}


def test_each_node_is_in_one_group_and_has_its_labels_and_taints(tmp_path: Path) -> None:
    text = script()
    code, errors, nodes = ran(text, fleet(3), tmp_path)
    assert code == 0, errors
    groups = {name: (node["labels"], node["taints"]) for name, node in nodes.items()}
    marks = sorted(labels[MARK] for labels, _ in groups.values())
    assert marks == ["general-m5-large-zone-a"] * 2 + ["general-m5-large-zone-a-fill-second"]
    for labels, taints in groups.values():
        assert labels["team"] == "a"
        is_later = labels[MARK].endswith("second")
        assert taints == (["kubestow.dev/fill-second=:PreferNoSchedule"] if is_later else [])


def test_run_again_it_changes_nothing(tmp_path: Path) -> None:
    text = script()
    _, _, once = ran(text, fleet(4), tmp_path)
    code, _, twice = ran(text, once, tmp_path)
    assert (code, twice) == (0, once)


@pytest.mark.parametrize(
    "nodes", [fleet(2), fleet(3, **{names.CAPACITY_TYPE: "spot"}), fleet(3, **{names.ZONE: "b"})]
)
def test_too_few_nodes_of_a_group_are_an_error(nodes: Nodes, tmp_path: Path) -> None:
    code, errors, _ = ran(script(), nodes, tmp_path)
    assert code == 1
    assert "needs" in errors
    assert "hint: launch them, then run this script again" in errors


def test_held_nodes_are_tainted_but_for_those_that_were_opened(tmp_path: Path) -> None:
    nodes = fleet(3)
    nodes["ip-1"]["opened"] = "1"
    code, errors, after = ran(script(held=True), nodes, tmp_path)
    assert code == 0, errors
    held = {
        name for name, node in after.items() if "kubestow.dev/held=:NoSchedule" in node["taints"]
    }
    assert held == {"ip-0", "ip-2"}
    assert {node["labels"][names.PLANNED_POOL] for node in after.values()} == {"general"}
