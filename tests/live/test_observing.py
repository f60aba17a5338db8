"""A running cluster observed: it is its dump, it survives storms, and it is only read."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.differential import shop

from kubestow.cli.main import run

from .bed import LiveBed
from .clusters import UNSCHEDULABLE, apply_shop_for_node_groups, launch_node_groups
from .storm import weather
from .workloads import incomplete, phases, wait_until
from .world import LiveWorld

SECONDS = 120
READING = {"get", "list", "watch"}


@pytest.fixture(scope="module")
def kubeconfig(bed: LiveBed, world: LiveWorld) -> str:
    """Return the kubeconfig of who may only read what the published role lets read."""
    launch_node_groups(world)
    apply_shop_for_node_groups(bed.api)
    wait_until(lambda: set(incomplete(bed.api)) - {UNSCHEDULABLE}, SECONDS)
    role = yaml.safe_load((shop.SHOP.parent / "read-only.yaml").read_text(encoding="utf-8"))
    return bed.kubeconfig_of_reader(role)


def test_node_groups_run_the_shop_but_for_one_pod(bed: LiveBed, kubeconfig: str) -> None:
    wait_until(lambda: set(phases(bed.api)) - {"Pending", "Running", "Succeeded"}, SECONDS)
    assert len(bed.api.objects("Node")) == 11
    (pending,) = [pod for pod in bed.api.objects("Pod") if pod["status"]["phase"] == "Pending"]
    assert pending["metadata"]["ownerReferences"][0]["name"] == UNSCHEDULABLE.rpartition("/")[2]


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = run([*arguments])
    out, err = capsys.readouterr()
    assert code in (0, 2), err
    return out


def plan(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(printed(capsys, "plan", *arguments, "-o", "json"))
    del told["timing"]
    return told


POOLS = str(shop.SHOP.parent / "seoul.yaml")
QUICKLY = ("--from-scratch", "--no-rehearsal", "--kinds", "any", "--nodepool", POOLS)


@pytest.mark.parametrize("more", [(), QUICKLY])
def test_the_plan_from_the_cluster_is_the_plan_from_its_dump(
    kubeconfig: str, more: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dump.json"
    path.write_text(printed(capsys, "snapshot", "--kubeconfig", kubeconfig), encoding="utf-8")
    filed = plan(capsys, "-f", str(path), *more)
    live = plan(capsys, "--kubeconfig", kubeconfig, *more)
    assert json.dumps(live) == json.dumps(filed)


def test_advice_is_given_of_the_cluster_and_of_its_dump_alike(
    kubeconfig: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dump.json"
    path.write_text(printed(capsys, "snapshot", "--kubeconfig", kubeconfig), encoding="utf-8")
    live = json.loads(printed(capsys, "advise", "--kubeconfig", kubeconfig, "-o", "json"))
    filed = json.loads(printed(capsys, "advise", "-f", str(path), "-o", "json"))
    for told in (live, filed):
        del told["at"], told["minimum"]["at"], told["cluster"], told["notes"]
    assert live == filed
    assert live["nodes"] == 11
    assert live["pendingPods"] == 1


def test_storms_pass_and_the_cache_is_right(bed: LiveBed, kubeconfig: str) -> None:
    with weather(bed.plane, "reader") as cloudy:
        for seed in range(3):
            cloudy.storm(seed, 200)


def test_nothing_but_reading_was_asked_for(bed: LiveBed, kubeconfig: str) -> None:
    """Of all that the tests above let kubestow do."""
    asked = bed.plane.audited_requests("reader")
    assert len(asked) > 100
    assert {request.verb for request in asked} <= READING
    kinds = {request.resource.rpartition("/")[2] for request in asked}
    assert not kinds & {"secrets", "configmaps"}
