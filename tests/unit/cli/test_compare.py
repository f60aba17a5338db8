"""The compare command: options, files, exit codes, JSON by its schema, and mistakes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from jsonschema import Draft202012Validator

from kubestow.adapters import worker_processes
from kubestow.cli.main import run
from kubestow.model.violation import Violation

from .inputs import DEPLOYMENT, POOL, REGION

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs/schema/comparison.v1alpha1.json").read_text())
MACHINES = json.loads((ROOT / "docs/schema/machines.v1alpha1.json").read_text())
QUICK = ["--no-rehearsal", *REGION]


def write(directory: Path, text: str, name: str = "input.yaml") -> str:
    """Write a file; return its path."""
    path = directory / name
    path.write_text(text)
    return str(path)


def document(capsys: Any, *arguments: str) -> Any:
    """Return the JSON of a comparison, which must be as its schema says."""
    run(["compare", *arguments, "-o", "json"])
    found = json.loads(capsys.readouterr().out)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def refused(capsys: Any, *arguments: str) -> str:
    """Return the messages of a comparison that is refused."""
    assert run(["compare", *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "hint: " in captured.err
    return str(captured.err)


def test_the_options_of_a_deployment_in_seoul_by_hand(tmp_path: Path, capsys: Any) -> None:
    found = document(capsys, "-f", write(tmp_path, DEPLOYMENT), "--currency", "KRW",
                     "--rate", "1391.5", *QUICK)  # fmt: skip
    options = {option["id"]: option for option in found["options"]}
    # Three pods of 500m and 1 GiB: with 256 MiB more each is 0.5 vCPU and 2 GB on Fargate.
    fargate = 3 * (0.5 * 0.04656 + 2 * 0.00511)
    assert options["fargate"]["cost"]["perMonthByPart"]["instances"] == pytest.approx(
        fargate * 730, abs=1e-6
    )
    whole = (fargate + 0.10) * 730
    assert options["fargate"]["cost"]["usdPerMonth"] == pytest.approx(whole, abs=1e-6)
    assert options["fargate"]["cost"]["local"]["perMonth"] == round(whole * 1391.5)
    for option in options.values():
        assert option["runsAll"]
        parts = option["cost"]["perMonthByPart"]
        assert sum(parts.values()) == pytest.approx(option["cost"]["usdPerMonth"], abs=1e-5)
        assert parts["control plane"] == pytest.approx(73)
        if option["id"] != "fargate":
            each = sum(line["count"] * line["usdPerHourEach"] for line in option["fleet"])
            assert parts["instances"] == pytest.approx(each * 730, abs=1e-5)
            disk = 80 if option["id"] == "auto-mode" else 20
            nodes = sum(line["count"] for line in option["fleet"])
            assert parts["storage"] == pytest.approx(nodes * disk * 0.0912, abs=1e-5)
    auto = options["auto-mode"]["cost"]
    assert auto["isEstimate"]
    assert auto["perMonthByPart"]["fees"] == pytest.approx(
        auto["perMonthByPart"]["instances"] * 0.12, rel=1e-6
    )


def test_fleets_of_one_type_and_the_zone_that_lacks_one(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT)
    found = document(capsys, "-f", path, "--types", "t3.xlarge, t3a.2xlarge,t4g.2xlarge", *QUICK)
    options = {option["id"]: option for option in found["options"]}
    assert list(options) == ["optimum", "t3.xlarge", "t3a.2xlarge", "t4g.2xlarge"]
    notes = " ".join(options["t3a.2xlarge"]["notes"])
    assert "not offered in ap-northeast-2b, ap-northeast-2d" in notes
    assert any("arm64" in note for note in options["t4g.2xlarge"]["notes"])
    assert options["t3.xlarge"]["cost"]["perMonthByPart"]["instances"] == 0.208 * 730


def test_a_comparison_as_html_is_one_page(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT)
    pages = set()
    for _ in range(2):
        assert run(["compare", "-f", path, *QUICK, "-o", "html"]) == 0
        pages.add(capsys.readouterr().out)
    (page,) = pages
    assert page.startswith("<!doctype html>")
    assert "3 pods, 6 options compared" in page


def test_the_table_names_what_cannot_run_and_why(tmp_path: Path, capsys: Any) -> None:
    claim = DEPLOYMENT.replace(
        "containers:",
        "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]\n      containers:",
    )
    pvc = """---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {accessModes: [ReadWriteMany], storageClassName: fast, resources: {requests: {storage: 1Gi}}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: ebs.csi.aws.com
volumeBindingMode: WaitForFirstConsumer
"""
    assert run(["compare", "-f", write(tmp_path, claim + pvc), *QUICK, "--details"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "OVER MINIMUM" in text
    assert "only static EFS volumes can be mounted" in text
    assert "0/3" in text


AGENT = """apiVersion: kubestow.dev/v1alpha1
kind: Costs
perNode: [{name: agent, usdPerMonth: 15, source: a bill}]
"""


@pytest.mark.parametrize("costs", ["", AGENT])
def test_what_nodes_cost_beside_their_instances_is_in_the_minimum_and_above_it(
    costs: str, tmp_path: Path, capsys: Any
) -> None:
    bursts = "{key: karpenter.k8s.aws/instance-family, operator: In, values: [t3a]}"
    more = ["--nodepool", write(tmp_path, POOL % bursts, "pool.yaml"), "--cpu-use", "90%"]
    more += ["--costs", write(tmp_path, costs, "costs.yaml")] if costs else []
    found = document(capsys, "-f", write(tmp_path, DEPLOYMENT), *more, *QUICK)
    own = next(option for option in found["options"] if option["id"] == "optimum")
    prices = sum(part["usdPerHour"] for part in own["cost"]["parts"] if part["inMinimum"])
    bound = found["bound"]["usdPerHour"]
    assert bound <= prices <= bound * 1.01
    # The fees are more than a rounding: without them the fleet would cost less than it can.
    assert own["cost"]["perMonthByPart"]["fees"] > 1
    assert own["cost"]["perMonthByPart"]["instances"] < bound * 730


def test_profiles_and_machines_of_one_s_own(tmp_path: Path, capsys: Any) -> None:
    other = DEPLOYMENT.replace("namespace: shop", "namespace: other")
    profiles = write(
        tmp_path,
        "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: c}\n"
        "fargateProfiles: [{name: shop, selectors: [{namespace: shop}]}]\n",
        "cluster.yaml",
    )
    found = document(
        capsys, "-f", write(tmp_path, f"{DEPLOYMENT}---{other}"), "--fargate-profiles", profiles,
        "--machines", str(ROOT / "examples/machines.yaml"), *QUICK,
    )  # fmt: skip
    options = {option["id"]: option for option in found["options"]}
    assert options["fargate"]["pods"] == 3
    assert options["fargate-and-karpenter"]["pods"] == 6
    assert options["hybrid"]["cost"]["perMonthByPart"]["fees"] == pytest.approx(64 * 0.02 * 730)
    assert options["hybrid"]["cost"]["perMonthByPart"]["instances"] == pytest.approx(0.7 * 730)


def test_autoscalers_settle_unless_they_are_not_to(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT)
    for more, settles in (([], True), (["--no-settle"], False)):
        found = document(capsys, "-f", path, *QUICK, *more)
        options = {option["id"]: option for option in found["options"]}
        assert (options["karpenter"]["settlement"] is not None) is settles
        assert (options["managed-node-groups"]["settlement"] is not None) is settles
        assert any("first fleet only" in text for text in found["assumptions"]) is not settles


def test_the_example_of_machines_is_as_its_schema_says() -> None:
    import yaml

    text = (ROOT / "examples/machines.yaml").read_text()
    Draft202012Validator(MACHINES).validate(yaml.safe_load(text))


BROKEN = Violation("Money", "plan", "a broken rule")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--types", "t3.xlrge"], "did you mean"),
        (["--types", ","], "names no instance type"),
        (["--node-group-types", "t1.none"], "is not sold in ap-northeast-2"),
        (["--node-groups", "0"], "--node-groups 0 is out of range"),
        (["--expander", "random"], "is not a valid value of --expander"),
        (["--machines", "none.yaml"], "none.yaml: no such file"),
        (["--fargate-profiles", "none.yaml"], "none.yaml: no such file"),
        (["--seed", "-1"], "--seed -1 is negative"),
        (["--types", "t3.xlarge", "--node-groups", "2"], "no other options"),
        (["--types", "mac2.metal"], "is not sold in ap-northeast-2"),
    ],
)
def test_a_wrong_option_is_named(
    tmp_path: Path, capsys: Any, options: list[str], message: str
) -> None:
    assert message in refused(capsys, "-f", write(tmp_path, DEPLOYMENT), *options, *QUICK)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("machines: []", "machines: is empty"),
        ("machines: [{name: a, vcpu: 0, memory: 1Gi}]", "machines[0].vcpu: 0 is not"),
        ("machines: [{name: a, vcpu: 4, memory: 1Qi}]", "machines[0].memory"),
        ("machines: [{name: a, vcpu: 4, memory: 1Gi, architecture: ppc}]",
         "unknown architecture 'ppc'"),
        ("machines: [{name: a, vcpu: 4, memory: 1Gi, usdPerHour: -1}]", "-1 is out of range"),
        ("machines: [{name: a, vcpu: 4, memory: 1Gi}, {name: a, vcpu: 4, memory: 1Gi}]",
         "machines[1].name: duplicate name 'a'"),
        ("machines: [{name: a, vcpu: 4, memory: 1Gi, cores: 3}]", "cores"),
    ],
)  # fmt: skip
def test_a_wrong_machines_file_is_named_by_its_field(
    tmp_path: Path, capsys: Any, text: str, message: str
) -> None:
    head = "apiVersion: kubestow.dev/v1alpha1\nkind: Machines\n"
    path = write(tmp_path, head + text, "machines.yaml")
    found = refused(capsys, "-f", write(tmp_path, DEPLOYMENT), "--machines", path, *QUICK)
    assert message in found
    assert "machines.yaml" in found


def test_a_wrong_profile_is_named_by_its_field(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, "kind: ClusterConfig\napiVersion: eksctl.io/v1alpha5\n"
                 "fargateProfiles: [{name: a, selectors: [{}]}]", "c.yaml")  # fmt: skip
    found = refused(capsys, "-f", write(tmp_path, DEPLOYMENT), "--fargate-profiles", path, *QUICK)
    assert "fargateProfiles[0].selectors[0].namespace: is missing" in found


def test_a_plan_the_judge_refuses_is_not_shown(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kubestow.usecases.judged.judge", lambda *_: (BROKEN,))
    assert run(["compare", "-f", write(tmp_path, DEPLOYMENT), *QUICK]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "a bug in kubestow" in captured.err


def test_reservations_are_refused_and_not_passed_over(tmp_path: Path, capsys: Any) -> None:
    costs = write(
        tmp_path,
        "apiVersion: kubestow.dev/v1alpha1\nkind: Costs\nreservations: "
        "[{name: a, instanceType: t3.xlarge, count: 2}]\n",
        "costs.yaml",
    )
    found = refused(capsys, "-f", write(tmp_path, DEPLOYMENT), "--costs", costs, *QUICK)
    assert "reservations: a comparison does not support them" in found


def test_a_discount_leaves_disks_and_the_fee_of_auto_mode_as_they_were(
    tmp_path: Path, capsys: Any
) -> None:
    costs = write(
        tmp_path,
        "apiVersion: kubestow.dev/v1alpha1\nkind: Costs\nprices: "
        "[{name: plan, discount: 0.5, match: {karpenter.sh/capacity-type: [on-demand]}}]\n",
        "costs.yaml",
    )
    path = write(tmp_path, DEPLOYMENT)
    plain = {o["id"]: o["cost"] for o in document(capsys, "-f", path, *QUICK)["options"]}
    less = document(capsys, "-f", path, "--costs", costs, *QUICK)["options"]
    auto = next(option["cost"] for option in less if option["id"] == "auto-mode")
    before = plain["auto-mode"]["perMonthByPart"]
    assert auto["perMonthByPart"]["storage"] == before["storage"]
    assert auto["perMonthByPart"]["fees"] == pytest.approx(before["fees"])
    assert auto["perMonthByPart"]["instances"] == pytest.approx(before["instances"] / 2)


def test_a_region_without_a_price_of_fargate_does_not_have_it_for_nothing(
    tmp_path: Path, capsys: Any
) -> None:
    found = document(capsys, "-f", write(tmp_path, DEPLOYMENT), "--region", "me-central-1",
                     "--no-rehearsal")  # fmt: skip
    assert "fargate" not in [option["id"] for option in found["options"]]
    assert any("Fargate is left out" in text for text in found["assumptions"])


def test_a_nodepool_that_can_launch_nothing_stops_the_comparison(
    tmp_path: Path, capsys: Any
) -> None:
    requirement = "{key: node.kubernetes.io/instance-type, operator: In, values: [t9.huge]}"
    pool = write(tmp_path, POOL % requirement, "pool.yaml")
    found = refused(capsys, "-f", write(tmp_path, DEPLOYMENT), "--nodepool", pool, *QUICK)
    assert "NodePool general" in found


APP = """---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{0}, namespace: {1}}}
spec:
  replicas: {2}
  selector: {{matchLabels: {{app: app-{0}}}}}
  template:
    metadata: {{labels: {{app: app-{0}}}}}
    spec:
      containers: [{{name: app, resources: {{requests: {{cpu: {3}m, memory: {4}Mi}}}}}}]
"""


def apps(replicas: int) -> str:
    """Return three Deployments, of which one is in kube-system."""
    return "".join(
        APP.format(number, space, replicas, 150 * number, 700 + 1_300 * (number % 2))
        for number, space in enumerate(("shop", "shop", "kube-system"), 1)
    )


def test_a_comparison_in_several_processes_is_that_in_one_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    path = write(tmp_path, apps(3))
    started = []

    def noting(*arguments: Any) -> Any:
        started.append(1)
        return start(*arguments)

    start = worker_processes._started
    monkeypatch.setattr("kubestow.adapters.worker_processes._started", noting)
    monkeypatch.setattr("kubestow.adapters.worker_processes.PAYS_MILLISECONDS", 0)
    texts = []
    for cores in (1, 3):
        monkeypatch.setattr("kubestow.cli.compare.cores", lambda cores=cores: cores)
        assert run(["compare", "-f", path, *QUICK, "-o", "json"]) == 0
        texts.append(capsys.readouterr())
    assert len(started) == 2
    assert texts[0] == texts[1]
    ids = [option["id"] for option in json.loads(texts[0].out)["options"]]
    assert ids[0] == "optimum"
    assert ids[-1] == "system-and-karpenter"


def workers_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the worker processes of a command once there are any."""
    for _ in range(600):
        assert process.poll() is None
        with contextlib.suppress(psutil.NoSuchProcess):
            found = [
                child
                for child in psutil.Process(process.pid).children()
                if "spawn_main" in " ".join(child.cmdline())
            ]
            if found:
                return found
        time.sleep(0.02)
    raise AssertionError("no worker was started")


@pytest.mark.parametrize("signals", [(signal.SIGINT,), (signal.SIGINT,) * 2, (signal.SIGKILL,)])
def test_a_command_that_ends_early_leaves_no_worker(
    signals: tuple[signal.Signals, ...], tmp_path: Path
) -> None:
    program = (
        "import kubestow.cli.compare, kubestow.cli.main\n"
        "if __name__ == '__main__':\n"
        "    kubestow.cli.compare.cores = lambda: 2\n"
        "    kubestow.cli.main.main()\n"
    )
    (tmp_path / "two.py").write_text(program)
    command = [sys.executable, "two.py", "compare", "-f", write(tmp_path, apps(60)), *REGION]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        start_new_session=True,
    ) as process:  # fmt: skip
        workers = workers_of(process)
        for number in signals:
            if number == signal.SIGKILL:
                process.kill()
            else:
                os.killpg(process.pid, number)  # as a terminal sends Ctrl-C to all of them
                time.sleep(0.1)
        _, errors = process.communicate(timeout=60)
    gone, alive = psutil.wait_procs(workers, timeout=30)
    assert len(gone) == len(workers)
    assert not alive
    if signal.SIGINT in signals:
        # There may be something to show already; the second may come when all is done.
        assert process.returncode in (0, 130, -signal.SIGINT)
    if signals == (signal.SIGINT,):
        assert {*errors.splitlines()} <= {
            b"interrupted",
            b"note: interrupted: options that were not finished are left out",
        }
