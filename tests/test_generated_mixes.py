"""Three generated mixes compared, with every figure worked out once more by hand.

The hand is tests/by_hand.py: it knows of the code under test only which pods lie on which node.
"""

import json
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from tests.by_hand import (
    GIB,
    GP3_MONTH,
    HOURS,
    MIB,
    NANO,
    OFFERS,
    REGION,
    SHAPES,
    SOURCES,
    Row,
    by_hand,
    line,
    lines_of_sizes,
    on,
    part,
    part_of_pods,
    parts_of_machines,
    parts_of_nodes,
    priced,
    size_by_hand,
    sizes_of,
    zones,
)
from tests.mixes import COUNTS, UNSELECTIVE, WON, Mix, compared, written

from kubestow.cli.main import run
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.pod import Pod

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "comparison.v1alpha1.json").read_text())
NODE_OPTIONS = ("optimum", "karpenter", "managed-node-groups", "self-managed", "auto-mode")
IDS = (*NODE_OPTIONS, "fargate", "hybrid", "system-and-karpenter", "fargate-and-karpenter")
DROPPED = ("aws-node", "kube-proxy", "ebs-csi-node")
"""The mixes' DaemonSets that AWS runs itself on a node of Auto Mode."""


@pytest.fixture(scope="module", params=[1, 2, 3])
def mix(request: pytest.FixtureRequest) -> Mix:
    """Compare a mix of each seed, once for all tests."""
    return compared(request.param)


# --- by hand ----------------------------------------------------------------------------------


def of_option(identity: str, name: str, part: int) -> Row:
    """Return what a node has in the part of an option."""
    if identity == "auto-mode":
        return by_hand(name, cap=(110, 110), bottlerocket=True)
    groups = ("managed-node-groups", "self-managed")
    if identity in groups or (identity == "system-and-karpenter" and part == 0):
        return by_hand(name, cap=(110, 250))
    return by_hand(name)


def on_fargate(mix: Mix) -> list[Pod]:
    """Return the pods that Fargate runs: what the profile selects, or all where there is none."""
    return [
        pod
        for pod in mix.cluster.pods
        if mix.seed == UNSELECTIVE
        or pod.namespace == "kube-system"
        or dict(pod.labels)["app"] == "w000"
    ]


def expected_parts(mix: Mix, identity: str) -> list[Row]:
    """Return all parts of an option's cost."""
    cluster = part("control plane", "EKS cluster", 100_000_000, SOURCES["eks_control_plane_hour"])
    found: list[Row] = []
    if identity in ("fargate", "fargate-and-karpenter"):
        found.append(part_of_pods(sizes_of(on_fargate(mix))))
    if identity == "hybrid":
        found += parts_of_machines(COUNTS[mix.seed])
    elif identity != "fargate":
        for plan in mix.plans(identity):
            parts = parts_of_nodes(plan.nodes, identity == "auto-mode")
            credits = sum(surplus(mix, node) for node in plan.nodes)
            if credits:
                source = "EC2 on-demand pricing, T2/T3/T4g unlimited mode, read 2026-11"
                parts.insert(1, priced("fees", "surplus CPU credits", credits, source))
            if "karpenter" in identity and plan is mix.plans(identity)[-1]:
                parts.insert(1, karpenters_own(mix))
            found += parts
    return [*found, cluster]


BASELINE = {"small": 200, "medium": 200, "large": 300, "xlarge": 400, "2xlarge": 400}


def surplus(mix: Mix, node: PlannedNode) -> int:
    """Return what a t3 or t3a charges if its pods use half of their cpu, each rounded up."""
    family, _, size = node.instance_type.partition(".")
    if family not in ("t3", "t3a"):
        return 0
    requests = mix.requests()
    used = sum(-(-requests[pod].get("cpu", 0) // 2) for pod in on(node))
    return 50_000 * max(0, used - BASELINE[size] * SHAPES[node.instance_type]["vcpu"])


def karpenters_own(mix: Mix) -> Row:
    """Return what two t3a.medium cost: 1 cpu and 1 GiB and the DaemonSets' 696 MiB fill each."""
    disks = round(40 * GP3_MONTH / HOURS * NANO)
    requests = mix.requests()
    beside = sum(-(-requests[d.key].get("cpu", 0) // 2) for d in mix.cluster.daemonsets)
    credits = 50_000 * (500 + beside - 2 * BASELINE["medium"])
    return part(
        "fees",
        "Karpenter's own two pods, 2 nodes (t3a.medium)",
        2 * (OFFERS["t3a.medium"]["on_demand"] + credits) + disks,
        "the cheapest nodes found for two pods of 1 cpu and 1 GiB, as Karpenter's chart suggests, "
        "on different on-demand nodes of a node group",
    )


def lines_of_nodes(mix: Mix, identity: str, position: int, plan: Plan) -> list[Row]:
    """Return the lines of a plan's nodes: nodes of one type in one zone, the dearest first."""
    requests, lines = mix.requests(), []
    for name, zone in sorted({(node.instance_type, node.zone) for node in plan.nodes}):
        alike = [n for n in plan.nodes if (n.instance_type, n.zone) == (name, zone)]
        room = of_option(identity, name, position)
        spare = []
        for resource in ("cpu", "memory"):
            asked = sum(requests[pod].get(resource, 0) for node in alike for pod in on(node))
            spare.append(round(1 - asked / (room[resource] * len(alike)), 4))
        price = OFFERS[name]["on_demand"]
        lines.append(
            line(name, len(alike), sum(len(node.pods) for node in alike), room["pods"], price)
            | {"zone": zone, "spareCpu": spare[0], "spareMemory": spare[1]}
        )
    return sorted(lines, key=lambda x: -round(x["count"] * x["usdPerHourEach"] * NANO))


def lines_of_machines(mix: Mix) -> list[Row]:
    """Return the one line of machines: what nothing on them asks for is spare."""
    (plan,), requests, count = mix.plans("hybrid"), mix.requests(), COUNTS[mix.seed]
    pods = sum(len(node.pods) for node in plan.nodes)
    spare = []
    for resource, each in (("cpu", 32_000), ("memory", 120 * GIB)):
        asked = sum(requests[pod].get(resource, 0) for node in plan.nodes for pod in on(node))
        spare.append(round(1 - asked / (each * count), 4))
    found = line("rack: 32 vCPU, 120 GiB", count, pods, 60, 350_000_000)
    return [found | {"capacityType": "own", "spareCpu": spare[0], "spareMemory": spare[1]}]


def expected_lines(mix: Mix, identity: str) -> list[Row]:
    """Return all lines of an option's fleet."""
    if identity == "hybrid":
        return lines_of_machines(mix)
    found: list[Row] = []
    if identity in ("fargate", "fargate-and-karpenter"):
        found += lines_of_sizes(sizes_of(on_fargate(mix)))
    if identity == "fargate":
        return found
    for position, plan in enumerate(mix.plans(identity)):
        found += lines_of_nodes(mix, identity, position, plan)
    return found


# --- the figures ------------------------------------------------------------------------------


def test_every_option_is_there(mix: Mix) -> None:
    mixtures = IDS[-2:] if mix.seed != UNSELECTIVE else IDS[-2:-1]
    assert tuple(mix.options) == (*IDS[:-2], *mixtures)
    assert mix.document["hoursPerMonth"] == HOURS
    assert mix.document["pods"] == len(mix.cluster.pods)
    jsonschema.validate(mix.document, SCHEMA)


def test_every_part_of_every_cost_is_the_catalog_s_row_times_what_is_there(mix: Mix) -> None:
    for identity, option in mix.options.items():
        assert option["cost"]["parts"] == expected_parts(mix, identity), identity


def test_totals_months_and_won_are_those_of_the_parts(mix: Mix) -> None:
    for identity, option in mix.options.items():
        parts = expected_parts(mix, identity)
        nanos = [(p["part"], round(p["usdPerHour"] * NANO)) for p in parts]
        total = sum(nano for _, nano in nanos)
        month = Decimal(total) * HOURS / NANO
        cost = option["cost"]
        assert cost["usdPerHour"] == total / NANO, identity
        assert Decimal(str(cost["usdPerMonth"])) == month.quantize(Decimal("1e-6"))
        won = (month * Decimal(WON)).quantize(Decimal(1), ROUND_HALF_UP)
        assert cost["local"] == {"code": "KRW", "rate": 1391.5, "perMonth": float(won)}
        assert cost["isEstimate"] == any(p["isEstimate"] for p in parts), identity
        assert cost["perMonthByPart"] == {
            kind: float(round(Decimal(sum(n for k, n in nanos if k == kind)) * HOURS / NANO, 6))
            for kind in ("instances", "fees", "storage", "pending pods", "control plane")
        }


def test_every_line_of_every_fleet_counts_its_nodes_pods_and_spare_room(mix: Mix) -> None:
    for identity, option in mix.options.items():
        assert option["fleet"] == expected_lines(mix, identity), identity
        assert option["nodes"] == sum(line["count"] for line in expected_lines(mix, identity))


def test_every_pod_runs_once_or_is_named_as_one_that_cannot_run(mix: Mix) -> None:
    whole = {pod.key for pod in mix.cluster.pods}
    selected = {pod.key for pod in on_fargate(mix)}
    for identity, option in mix.options.items():
        placed = [pod for plan in mix.plans(identity) for node in plan.nodes for pod in node.pods]
        if "fargate" in identity:
            placed += selected
        left = {name for item in option["cannotRun"] for name in item["pods"]}
        assert len(placed) == len(set(placed)) == option["pods"], identity
        assert set(placed) | left == whole
        assert not set(placed) & left
        assert option["runsAll"] == (not left)
        assert option["stranded"] is None


def test_no_node_holds_more_than_it_has_by_hand(mix: Mix) -> None:
    requests = mix.requests()
    for identity in set(mix.options) - {"fargate", "hybrid"}:
        for position, plan in enumerate(mix.plans(identity)):
            for node in plan.nodes:
                room, own = of_option(identity, node.instance_type, position), list(on(node))
                assert {key: dict(node.allocatable)[key] for key in room} == room, identity
                assert node.zone in zones(OFFERS[node.instance_type])
                assert len(own) <= room["pods"]
                for resource in ("cpu", "memory"):
                    asked = sum(requests[pod].get(resource, 0) for pod in own)
                    assert asked <= room[resource], (identity, node.name)
                dropped = DROPPED if identity == "auto-mode" else ()
                daemons = {d.key for d in mix.cluster.daemonsets if d.name not in dropped}
                assert {pod.removesuffix(f"-{node.name}") for pod in node.daemonset_pods} == daemons


def test_no_machine_holds_more_than_its_file_says(mix: Mix) -> None:
    (plan,), requests = mix.plans("hybrid"), mix.requests()
    assert len(plan.nodes) == COUNTS[mix.seed]
    for node in plan.nodes:
        own = list(on(node))
        assert len(own) <= 60
        assert sum(requests[pod].get("cpu", 0) for pod in own) <= 32_000
        assert sum(requests[pod].get("memory", 0) for pod in own) <= 120 * GIB
    zonal = {p.key for p in mix.cluster.pods
             if any(s.topology_key.endswith("/zone") for s in p.template.spread)}  # fmt: skip
    left = {pod for item in mix.options["hybrid"]["cannotRun"] for pod in item["pods"]}
    assert zonal <= left  # the machines are in no zone


def test_the_minimum_lies_between_the_cheapest_room_of_a_kind_and_every_fleet(mix: Mix) -> None:
    bound = mix.document["bound"]["usdPerHour"]
    sold = [name for name, row in OFFERS.items() if row.get("on_demand") and _default(name)]
    requests = mix.requests()
    for resource in ("cpu", "memory"):
        daemons = sum(requests[d.key][resource] for d in mix.cluster.daemonsets)
        rooms = {name: by_hand(name)[resource] - daemons for name in sold}
        asked = sum(requests[pod.key].get(resource, 0) for pod in mix.cluster.pods)
        each = min(Fraction(OFFERS[n]["on_demand"], r) for n, r in rooms.items() if r > 0)
        assert bound >= float(each * asked / NANO) - 1e-9
    for identity, option in mix.options.items():
        assert option["bounded"] == (identity in ("optimum", "karpenter"))
        if option["bounded"]:
            nodes = option["cost"]["parts"][0]["usdPerHour"]
            named = {p["name"]: p["usdPerHour"] for p in option["cost"]["parts"]}
            assert bound <= nodes + named.get("surplus CPU credits", 0.0)


def _default(name: str) -> bool:
    """Tell whether the built-in pool for amd64 may launch a type: current c, m, r or t on Nitro."""
    shape = SHAPES[name]
    letters = name[: next(i for i, letter in enumerate(name) if letter.isdigit())]
    return (
        letters in ("c", "m", "r", "t")
        and shape["architecture"] == "amd64"
        and shape["current_generation"]
        and shape["hypervisor"] == "nitro"
    )


# --- a pod of each option, followed -------------------------------------------------------------


@pytest.mark.parametrize("identity", [*NODE_OPTIONS, "system-and-karpenter"])
def test_a_pod_is_followed_to_its_node_and_to_what_that_costs(mix: Mix, identity: str) -> None:
    # kube-system/dns-1, 1 vCPU and 8 GiB: on one node, of a type whose row has room and a price.
    ((position, node),) = [
        (position, node)
        for position, plan in enumerate(mix.plans(identity))
        for node in plan.nodes
        if "kube-system/dns-1" in node.pods
    ]
    room = of_option(identity, node.instance_type, position)
    nano = OFFERS[node.instance_type]["on_demand"]
    assert room["cpu"] >= 1000
    assert room["memory"] >= 8 * GIB
    assert node.price.nano_usd_per_hour == nano + surplus(mix, node)
    (line,) = [
        line
        for line in mix.options[identity]["fleet"]
        if (line["unit"], line["zone"]) == (node.instance_type, node.zone)
        and line["podsMost"] == room["pods"]
    ][:1]
    assert line["usdPerHourEach"] == nano / NANO
    assert line["count"] >= 1


def test_a_pod_is_followed_to_its_machine_and_its_share_of_the_fee(mix: Mix) -> None:
    (plan,) = mix.plans("hybrid")
    (node,) = [node for node in plan.nodes if "kube-system/dns-1" in node.pods]
    assert dict(node.allocatable) == {"cpu": 32_000, "memory": 120 * GIB, "pods": 60}
    fees = mix.options["hybrid"]["cost"]["parts"][1]["usdPerHour"]
    # 2 and 1 machines: 0.64 USD/h each. 30: 700,800 vCPU-hours a month are 11,520 USD for the
    # first 576,000 and 1,747.20 USD for 124,800 more, 18.174246575 USD/h.
    assert fees == {1: 1.28, 2: 18.174246575, 3: 0.64}[mix.seed]


def test_pods_are_followed_to_their_sizes_on_fargate(mix: Mix) -> None:
    fleet = {line["unit"]: line for line in mix.options["fargate"]["fleet"]}
    # None asked for: 0 + 0.25 GiB are 0.25 vCPU and 0.5 GB, 0.01164 + 0.002555 USD/h.
    assert fleet["0.25 vCPU, 0.5 GB"]["usdPerHourEach"] == 0.014195
    # 1 vCPU and 8.25 GiB: 1 vCPU ends at 8 GB, so 2 vCPU and 9 GB, 0.09312 + 0.04599 USD/h.
    assert fleet["2 vCPU, 9 GB"]["usdPerHourEach"] == 0.13911
    # shop/w000-0 of each mix: 250m and 512 + 256 MiB; 1 vCPU and 1,280 MiB; 1 vCPU and 768 MiB.
    size = {1: (250, 1024), 2: (1000, 2048), 3: (1000, 2048)}[mix.seed]
    (pod,) = [pod for pod in mix.cluster.pods if pod.key == "shop/w000-0"]
    assert size_by_hand(dict(pod.template.requests)) == size
    unit, usd = {250: ("0.25 vCPU, 1 GB", 0.01675), 1000: ("1 vCPU, 2 GB", 0.05678)}[size[0]]
    assert fleet[unit]["usdPerHourEach"] == usd
    replicas = sum(pod.key.startswith("shop/w000-") for pod in mix.cluster.pods)
    assert fleet[unit]["count"] >= replicas


# --- the command ------------------------------------------------------------------------------


def test_the_command_writes_these_figures_of_the_same_mix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path))  # whatever was refreshed here
    files = [text for option in written(tmp_path, 1).items() for text in map(str, option)]
    money = ["--currency", "KRW", "--rate", WON]
    run(
        [
            "compare",
            *files,
            "--region",
            REGION,
            "--no-rehearsal",
            "--no-settle",
            *money,
            "-o",
            "json",
        ]
    )
    assert json.loads(capsys.readouterr().out) == compared(1).document


# --- the rules of the hand themselves -----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cpu", "mib", "pods", "sum_of"),
    [
        ("t3.medium", 1930, 4096 - 308 - 255 - 187 - 100, 17, "3 x (6 - 1) + 2 pods, 60 + 10 m"),
        ("c6i.xlarge", 3920, 8192 - 615 - 255 - 638 - 100, 58, "80 m of four cores"),
        ("m5.2xlarge", 7910, 32768 - 2458 - 255 - 638 - 100, 58, "80 + 4 x 2.5 m"),
        ("m6g.large", 1930, 8192 - 64 - 610 - 255 - 319 - 100, 29, "64 MiB less on arm64"),
    ],
)
def test_the_hand_s_allocatable_in_figures(
    name: str, cpu: int, mib: int, pods: int, sum_of: str
) -> None:
    assert by_hand(name) == {"cpu": cpu, "memory": mib * MIB, "pods": pods}, sum_of
