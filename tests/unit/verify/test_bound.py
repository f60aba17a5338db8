"""Certificates made by hand: what proves a bound, and everything that must not."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kubestow.catalog.density import ebs_volume_slots
from kubestow.model import labels as names
from kubestow.model.bound_verdict import BoundVerdict
from kubestow.model.certificate import (
    BinProof,
    Certificate,
    CertificateGrid,
    PodValue,
)
from kubestow.model.digest import problem_digest
from kubestow.model.instance_type import Price
from kubestow.model.nodepool import NodeClass, NodePool
from kubestow.model.pod import HostPort, Pod
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim
from kubestow.testing import (
    affinity_term,
    catalog,
    daemonset,
    instance_type,
    node,
    nodepool,
    pod,
    quantities,
    replicas,
    snapshot,
)
from kubestow.verify.bound import check_bound

USD = 10**9
UNIT = 2**40
BARE = NodeClass(
    kube_reserved=(("cpu", 0), ("memory", 0), ("ephemeral-storage", 0)),
    eviction_hard=(("memory.available", "0"), ("nodefs.available", "0")),
)
"""All of an instance's cpu is for pods: ten vCPUs are 10,000 millicpu."""
POOL = nodepool(node_class=BARE)
ONE_TYPE = catalog((instance_type("m5.ten", 10, 40), 1.0), zones=("zone-a",))
CPU_PRICE = USD * UNIT // 10_000
"""Of a millicpu, so that all of m5.ten costs its price."""


def cpu_pods(count: int, cpu: str, name: str = "p", **more: Any) -> tuple[Pod, ...]:
    return replicas(count, name, requests=quantities(cpu=cpu), **more)


def scene(pods: tuple[Pod, ...], *, catalog_of: Any = ONE_TYPE, **cluster: Any) -> Snapshot:
    cluster.setdefault("nodepools", (POOL,))
    return snapshot(pods, catalog_of=catalog_of, **cluster)


def certificate(
    of: Snapshot,
    *values: tuple[int, tuple[Pod, ...]],
    prices: tuple[dict[str, int], ...] = ({"cpu": CPU_PRICE},),
    grid: CertificateGrid | None = None,
    **more: Any,
) -> Certificate:
    found = tuple(PodValue(nano, tuple(p.key for p in pods)) for nano, pods in values)
    made = Certificate(
        of.catalog.region,
        problem_digest(of),
        "L2",
        sum(value.nano_usd_per_hour * len(value.pods) for value in found),
        (1, 1),
        found,
        prices=prices,
        bins=tuple(
            BinProof(pool.name, name, "on-demand", 0, grid)
            for pool in of.cluster.nodepools
            for name in of.catalog.instance_types
        ),
    )
    return replace(made, **more)


def check(
    of: Snapshot, made: Certificate, pools: tuple[NodePool, ...] | None = None
) -> BoundVerdict:
    return check_bound(of, made, of.cluster.nodepools if pools is None else pools)


def details(verdict: BoundVerdict) -> str:
    return "\n".join(f"{f.rule} {f.subject}: {f.detail}" for f in verdict.failures)


PODS = cpu_pods(5, "2")
PLAIN = scene(PODS)
GOOD = certificate(PLAIN, (USD // 5, PODS))
THREE = tuple(pod(f"p-{number}", "4", f"{number + 1}Gi") for number in range(3))
"""Of 40 % of a node's cpu each: two fit, prices alone say two and a half."""


def test_prices_alone_prove_a_bound() -> None:
    verdict = check(PLAIN, GOOD)
    assert verdict.failures == ()
    assert verdict.proven_nano_usd_per_hour == USD
    assert verdict.shown == (("prices", 1),)


def test_pods_that_do_not_fill_a_node_need_cells() -> None:
    of = scene(THREE)
    hints = (
        CertificateGrid(2000, 2**30),
        CertificateGrid(1900, 2**28),
        CertificateGrid(4000, 2**30, count_pods=True),
    )
    for grid in (
        *hints,
        CertificateGrid(5000, 2**30),
        None,
    ):  # the last two show nothing by themselves
        verdict = check(of, certificate(of, (USD // 2, THREE), grid=grid))
        assert verdict.failures == ()
        assert verdict.proven_nano_usd_per_hour == 3 * USD // 2
        assert verdict.shown == (("grid", 1),)


def test_theta_divides_the_bound() -> None:
    made = certificate(PLAIN, (USD // 4, PODS), theta=(5, 4), bound_nano_usd_per_hour=USD)
    verdict = check(PLAIN, made)
    assert verdict.failures == ()
    assert verdict.proven_nano_usd_per_hour == USD
    lowered = check(PLAIN, replace(made, theta=(6, 5)))
    assert "carries pods worth up to 1250000000 nano-USD an hour" in details(lowered)
    assert lowered.proven_nano_usd_per_hour == USD


def test_what_an_offering_carries_too_much_lowers_what_is_proven() -> None:
    made = certificate(PLAIN, (USD // 5 + USD // 500, PODS))
    verdict = check(PLAIN, made)
    assert "Offering m5.ten on-demand in zone-a: in NodePool pool: carries" in details(verdict)
    assert "it proves 1000000000, not 1010000000" in details(verdict)
    assert verdict.proven_nano_usd_per_hour == USD


def test_a_claim_above_what_is_proven_fails() -> None:
    verdict = check(PLAIN, replace(GOOD, bound_nano_usd_per_hour=USD + 1))
    assert details(verdict) == ("Bound boundNanoUsdPerHour: it proves 1000000000, not 1000000001")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"region": "elsewhere-1"}, "for elsewhere-1, the input for test-1"),
        ({"problem": "sha256:0"}, "the certificate is for another input"),
        ({"theta": (99, 100)}, "99/100 is not a fraction of at least 1"),
        ({"theta": (1, 0)}, "1/0 is not a fraction"),
        ({"rung": "L9"}, "'L9' is not one of L1, L2, L4"),
        ({"prices": ({"cpu": -1},)}, "Price prices[0].cpu: -1 is negative"),
        ({"prices": ({"cpu": 2**101},)}, "is larger than any possible price"),
        ({"prices": ({"bananas": 1},)}, "Price prices[0].bananas: is not a resource of the input"),
        ({"prices": ({"exclusive/0": 1},)}, "prices[0].exclusive/0: is not a resource"),
        ({"prices": ()}, "Bin bins[0].prices: there are no prices 0"),
        ({"values": (PodValue(-1, ()),)}, "values[0].nanoUsdPerHour: -1 is negative"),
        ({"values": (PodValue(1, ("default/q",)),)}, "default/q: values[0]: no such pod"),
        ({"values": (PodValue(1, ("default/p-0",) * 2),)}, "p-0: values[0]: it is listed twice"),
        ({"exclusive": (("default/q",),)}, "default/q: exclusive[0]: no such pod"),
        ({"exclusive": (("default/p-0", "default/p-1"),)}, "it and default/p-1 may share a node"),
        (
            {"bins": (BinProof("pool", "m5.ten", "on-demand", 0, CertificateGrid(0, 1)),)},
            "Bin bins[0].grid: a cell must be at least 1",
        ),
    ],
)
def test_a_certificate_that_is_wrong_proves_nothing(change: dict[str, Any], message: str) -> None:
    verdict = check(PLAIN, replace(GOOD, **change))
    assert message in details(verdict)
    assert verdict.proven_nano_usd_per_hour == 0


def test_a_pod_listed_under_two_values_is_listed_twice() -> None:
    made = replace(GOOD, values=(*GOOD.values, PodValue(5, ("default/p-0",))))
    assert "values[1]: it is listed twice" in details(check(PLAIN, made))


def test_pods_that_are_bound_or_cannot_run_have_no_value() -> None:
    bound = pod("bound", node="n1")
    gated = pod("gated", scheduling_gates=("wait",))
    of = scene((bound, gated), nodes=(node("n1"),))
    verdict = check(of, certificate(of, (1, (bound, gated))))
    assert "default/bound: values[0]: it is bound to n1" in details(verdict)
    assert "default/gated: values[0]: it cannot run: wait" in details(verdict)


def test_a_pod_that_fits_nowhere_proves_nothing_however_dear() -> None:
    huge = cpu_pods(1, "11", "huge")
    of = scene((*PODS, *huge))
    verdict = check(of, certificate(of, (USD // 5, PODS), (1000 * USD, huge)))
    assert "it fits on no node" in details(verdict)
    assert verdict.proven_nano_usd_per_hour == 0


def test_a_bound_for_some_of_the_pods_is_one_for_all() -> None:
    verdict = check(PLAIN, certificate(PLAIN, (USD // 5, PODS[:4])))
    assert verdict.failures == ()
    assert verdict.proven_nano_usd_per_hour == 4 * USD // 5


def test_offerings_without_a_hint_are_shown_all_the_same() -> None:
    cheap = catalog((instance_type("m5.ten", 10, 40), 1.0), (instance_type("m5.nine", 9, 40), 1.1))
    of = scene(THREE, catalog_of=cheap)
    made = certificate(of, (USD // 2, THREE), grid=CertificateGrid(2000, 2**30))
    only_large = tuple(proof for proof in made.bins if proof.instance_type == "m5.ten")
    verdict = check(of, replace(made, bins=only_large))
    assert verdict.shown == (("dominance", 3), ("grid", 3))
    assert check(PLAIN, replace(GOOD, bins=())).failures == ()


def test_offerings_that_a_pod_may_not_use_need_not_carry_it() -> None:
    """Its value may be that of the dear type, though the cheap one is as large."""
    types = catalog((instance_type("m5.ten", 10, 40), 1.0), (instance_type("r5.ten", 10, 40), 3.0))
    chosen = cpu_pods(5, "2", node_selector=((names.INSTANCE_TYPE, "r5.ten"),))
    of = scene(chosen, catalog_of=types)
    made = certificate(of, (3 * USD // 5, chosen), prices=({"cpu": 3 * CPU_PRICE},))
    assert check(of, made).failures == ()
    free = scene(PODS, catalog_of=types)
    made = certificate(free, (3 * USD // 5, PODS), prices=({"cpu": 3 * CPU_PRICE},))
    assert check(free, made).proven_nano_usd_per_hour == USD


def test_taints_and_requirements_of_a_pool_keep_pods_off_it() -> None:
    cheap = nodepool(
        "cheap", ("node.kubernetes.io/instance-type", "In", ["m5.five"]),
        node_class=BARE, taints=(Taint("team", "a", "NoSchedule"),),
    )  # fmt: skip
    dear = nodepool("dear", (names.INSTANCE_TYPE, "In", ["m5.ten"]), node_class=BARE)
    types = catalog((instance_type("m5.ten", 10, 40), 1.0), (instance_type("m5.five", 10, 40), 0.1))
    of = scene(PODS, catalog_of=types, nodepools=(cheap, dear))
    verdict = check(of, certificate(of, (USD // 5, PODS)))
    assert verdict.failures == ()
    assert verdict.shown == (("nothing fits", 3), ("prices", 3))


def test_what_daemonsets_take_is_not_there_for_pods() -> None:
    agents = (daemonset("agent", cpu="2", memory="0"),)
    for running, proven in ((agents, 5 * USD // 4), ((), USD)):
        of = scene(PODS, daemonsets=running)
        made = certificate(of, (USD // 4, PODS), prices=({"cpu": USD * UNIT // 8000},))
        assert check(of, made).proven_nano_usd_per_hour == proven


def test_a_node_too_small_for_its_daemonsets_is_not_launched() -> None:
    of = scene(cpu_pods(1, "0", "p"), daemonsets=(daemonset("agent", cpu="11"),))
    verdict = check(of, certificate(of, (1, of.cluster.pods)))
    assert verdict.offerings == 0
    assert "it fits on no node" in details(verdict)


def test_a_pool_whose_labels_no_offering_has_launches_nothing() -> None:
    of = scene(PODS, nodepools=(replace(POOL, labels=((names.ARCH, "riscv64"),)),))
    assert check(of, certificate(of, (USD // 5, PODS))).offerings == 0


def test_a_node_bears_the_labels_that_its_launcher_sets() -> None:
    for key, value, fits in (
        (names.NODE_CLASS, "default", True),
        (names.NODE_CLASS, "other", False),
        (names.REGISTERED, "true", True),
        (names.EKS_NODE_GROUP, "default", False),
    ):
        pods = cpu_pods(5, "2", node_selector=((key, value),))
        of = scene(pods)
        verdict = check(of, certificate(of, (USD // 5, pods)))
        assert (verdict.failures == ()) == fits


def test_a_pod_cannot_be_beside_a_daemonset_that_holds_its_port() -> None:
    port = (HostPort("0.0.0.0", "TCP", 9100),)
    of = scene(cpu_pods(1, "1", host_ports=port), daemonsets=(daemonset("agent", host_ports=port),))
    verdict = check(of, certificate(of, (1, of.cluster.pods)))
    assert "it fits on no node" in details(verdict)


APART = {"anti_affinity": (affinity_term(names.HOSTNAME, app="a"),), "labels": {"app": "a"}}


@pytest.mark.parametrize(
    ("facts", "is_exclusive"),
    [
        (APART, True),
        ({"host_ports": (HostPort("0.0.0.0", "TCP", 80),)}, True),
        ({"inline_ebs_volumes": ("vol-1",)}, True),
        (APART | {"labels": {"app": "b"}}, False),
        (APART | {"anti_affinity": (affinity_term(names.ZONE, app="a"),)}, False),
    ],
)
def test_one_pod_of_an_exclusive_list_has_the_whole_node(
    facts: dict[str, Any], is_exclusive: bool
) -> None:
    pods = cpu_pods(3, "1", **facts)
    of = scene(pods)
    keys = tuple(p.key for p in pods)
    made = certificate(of, (USD, pods), prices=({"exclusive/0": USD * UNIT},), exclusive=(keys,))
    verdict = check(of, made)
    assert (verdict.failures == ()) == is_exclusive
    assert verdict.proven_nano_usd_per_hour == (3 * USD if is_exclusive else 0)


def test_a_list_may_hold_different_pods_if_one_of_each_two_objects() -> None:
    owner = cpu_pods(1, "1", "owner", **APART | {"labels": {"app": "b"}})
    others = cpu_pods(1, "1", "other", labels={"app": "a"})
    of = scene((*owner, *others))
    keys = tuple(p.key for p in of.cluster.pods)
    made = certificate(
        of, (USD, of.cluster.pods), prices=({"exclusive/0": USD * UNIT},), exclusive=(keys,)
    )
    assert check(of, made).failures == ()
    more = cpu_pods(2, "1", "other", labels={"app": "a"})
    of = scene((*owner, *more))
    made = replace(made, problem=problem_digest(of), exclusive=((*keys, more[1].key),))
    assert "Exclusive default/other-0: exclusive[0]: it and" in details(check(of, made))


def test_existing_nodes_take_their_share() -> None:
    of = scene(
        (*PODS, *replicas(1, "old", requests=quantities(cpu="1"), node="n1")),
        nodes=(node("n1", cpu="5"),),
    )
    made = certificate(of, (USD // 5, PODS))
    verdict = check(of, made)
    assert details(verdict).endswith("it proves 600000000, not 1000000000")
    assert verdict.existing == 1
    assert not check(of, replace(made, bound_nano_usd_per_hour=6 * USD // 10)).failures


def test_daemonsets_still_to_come_take_room_of_existing_nodes_where_all_have_room() -> None:
    for cpu, proven in (("500m", USD), ("2500m", 4 * USD // 5)):
        of = scene(
            PODS,
            nodes=(node("n1", cpu="2"),),
            daemonsets=(daemonset("agent", cpu=cpu, tolerations=()),),
            catalog_of=catalog((instance_type("m5.huge", 13, 40), 1.3), zones=("zone-a",)),
        )
        made = certificate(of, (USD // 5, PODS))
        assert check(of, made).proven_nano_usd_per_hour == proven


def test_bound_pods_keep_others_off_their_node() -> None:
    for facts in (APART, {"host_ports": (HostPort("0.0.0.0", "TCP", 80),)}):
        old = cpu_pods(1, "1", "old", node="n1", **facts)
        pods = cpu_pods(3, "1", **facts)
        of = scene((*pods, *old), nodes=(node("n1"),))
        keys = tuple(p.key for p in pods)
        made = certificate(
            of, (USD, pods), prices=({"exclusive/0": USD * UNIT},), exclusive=(keys,)
        )
        assert check(of, made).failures == ()


def test_an_existing_node_without_hostname_may_hold_a_whole_list() -> None:
    pods = cpu_pods(3, "1", **APART)
    keys = tuple(p.key for p in pods)
    old = cpu_pods(1, "1", "old", node="n1", **APART)
    there = node("n1")
    nameless = replace(there, labels=tuple(p for p in there.labels if p[0] != names.HOSTNAME))
    for host, bound, proven in (
        (there, (), 2 * USD),
        (there, old, 3 * USD),
        (nameless, (), 0),
        (nameless, old, 0),
    ):
        of = scene((*pods, *bound), nodes=(host,))
        made = certificate(
            of, (USD, pods), prices=({"exclusive/0": USD * UNIT},), exclusive=(keys,)
        )
        assert check(of, made).proven_nano_usd_per_hour == proven


def weighted(**more: Any) -> Snapshot:
    """A heavy pool that is dear and a light one that is cheap, both take all pods."""
    heavy = nodepool("heavy", (names.INSTANCE_TYPE, "In", ["r5.ten"]), node_class=BARE, weight=9)
    light = nodepool("light", (names.INSTANCE_TYPE, "In", ["m5.ten"]), node_class=BARE)
    types = catalog((instance_type("m5.ten", 10, 40), 1.0), (instance_type("r5.ten", 10, 40), 3.0))
    pools = (replace(heavy, **more.pop("heavy", {})), light)
    return scene(more.pop("pods", PODS), catalog_of=types, nodepools=pools, **more)


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        ({}, True),
        ({"heavy": {"limits": (("cpu", 10_000),)}}, False),
        ({"heavy": {"taints": (Taint("a", "", "NoSchedule"),)}}, False),
        ({"pods": (*PODS, pod("z", anti_affinity=(affinity_term(names.ZONE, a="b"),)))}, False),
        ({"pods": (*PODS, pod("z", affinity=(affinity_term(names.HOSTNAME, a="b"),)))}, False),
        ({"pods": (*PODS, pod("z", anti_affinity=(affinity_term(names.HOSTNAME, a="b"),)))}, True),
        ({"pods": (*PODS, pod("y", claims=("c",)), pod("z", claims=("c",)))}, False),
    ],
)
def test_pods_belong_to_the_heaviest_pool_that_takes_them(
    facts: dict[str, Any], holds: bool
) -> None:
    of = weighted(**facts)
    made = certificate(of, (3 * USD // 5, PODS), prices=({"cpu": 3 * CPU_PRICE},))
    verdict = check(of, made)
    assert (verdict.failures == ()) == holds
    assert verdict.proven_nano_usd_per_hour == (3 * USD if holds else USD)


def test_a_label_that_a_pool_leaves_open_has_one_value_on_a_node() -> None:
    """Two teams never share a node, whichever of them it is launched for."""
    pool = nodepool("pool", ("team", "In", ["a", "b", "c"]), node_class=BARE)
    teams = [cpu_pods(2, "5", team, node_selector=(("team", team),)) for team in ("a", "b")]
    of = scene((*teams[0], *teams[1]), nodepools=(pool,))
    made = certificate(of, (USD // 2, teams[0]), (USD // 2, teams[1]))
    assert check(of, made).failures == ()
    one_each = [cpu_pods(1, "5", team, node_selector=(("team", team),)) for team in ("a", "b")]
    of = scene((*one_each[0], *one_each[1]), nodepools=(pool,))
    made = certificate(of, (USD, one_each[0]), (USD, one_each[1]), prices=({},))
    assert check(of, made).failures == ()


def test_a_pod_goes_where_its_volume_is() -> None:
    """The zone of the volume is the dear one."""
    zoned = (NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", ("zone-b",)),)),)
    types = catalog((instance_type("m5.ten", 10, 40), 1.0))
    dear = tuple(
        replace(item, price=Price(3 * USD, "made up")) if item.zone == "zone-b" else item
        for item in types.offerings
    )
    pods = tuple(replace(p, volume_claims=(p.name,)) for p in PODS)
    claims = {
        ("default", p.name): PersistentVolumeClaim("default", p.name, volume_name=f"vol-{p.name}")
        for p in pods
    }
    volumes = {f"vol-{p.name}": PersistentVolume(f"vol-{p.name}", zoned, is_ebs=True) for p in pods}
    for known, proven in ((volumes, 3 * USD), ({}, 0)):
        of = scene(pods, catalog_of=replace(types, offerings=dear), claims=claims, volumes=known)
        made = certificate(of, (3 * USD // 5, pods), prices=({"cpu": 3 * CPU_PRICE},))
        verdict = check(of, made)
        assert verdict.proven_nano_usd_per_hour == proven
        assert ("it fits on no node" in details(verdict)) == (not known)


def test_slots_for_volumes_are_a_resource() -> None:
    """As long as each pod has its own; what pods share is no reason for another node."""
    pods = tuple(replace(p, volume_claims=(p.name,)) for p in cpu_pods(60, "10m"))
    claims = {("default", p.name): PersistentVolumeClaim("default", p.name) for p in pods}
    of = scene(pods, claims=claims)
    slots = ebs_volume_slots(of.catalog.instance_types["m5.ten"], BARE)
    made = certificate(of, (USD // slots, pods), prices=({"ebs-volumes": USD * UNIT // slots},))
    assert check(of, made).failures == ()
    shared = tuple(replace(p, volume_claims=("p-0",)) for p in pods)
    of = scene(shared, claims=claims)
    assert check(of, replace(made, problem=problem_digest(of))).failures


def test_a_pool_may_demand_that_pods_name_a_label() -> None:
    pool = replace(POOL, opt_in_keys=(names.ARCH,))
    of = scene(PODS, nodepools=(pool,))
    assert "it fits on no node" in details(check(of, certificate(of, (USD // 5, PODS))))
    pods = cpu_pods(5, "2", node_selector=((names.ARCH, "amd64"),))
    of = scene(pods, nodepools=(pool,))
    assert check(of, certificate(of, (USD // 5, pods))).failures == ()


def test_a_pool_that_leaves_too_many_labels_open_is_not_judged() -> None:
    values = [str(number) for number in range(20)]
    pool = nodepool("pool", *((key, "In", values) for key in ("a", "b")), node_class=BARE)
    pods = [
        cpu_pods(1, "1", f"p{n}", node_selector=(("a", str(n)), ("b", str(n)))) for n in range(20)
    ]
    of = scene(tuple(p for some in pods for p in some), nodepools=(pool,))
    verdict = check(of, certificate(of, (1, of.cluster.pods)))
    assert "NodePool pool: its requirements leave too many combinations" in details(verdict)


# --- any certificate at all ------------------------------------------------------------------


def partitions(items: list[Pod]) -> Iterator[list[list[Pod]]]:
    if not items:
        yield []
        return
    for rest in partitions(items[1:]):
        yield [[items[0]], *rest]
        for index, block in enumerate(rest):
            yield [*rest[:index], [items[0], *block], *rest[index + 1 :]]


def cheapest(of: Snapshot) -> int | None:
    """Return the cost of the cheapest fleet, by trying all; cpu and memory and ports decide."""
    sizes = [
        (t.vcpu * 1000, t.memory_mib * 2**20 * 925 // 1000, offering.price.nano_usd_per_hour)
        for offering in of.catalog.offerings
        for t in [of.catalog.instance_types[offering.instance_type]]
        if offering.price is not None
    ]

    def price(block: list[Pod]) -> int | None:
        ports = [port for p in block for port in p.template.host_ports]
        if len(ports) > 1:
            return None
        cpu, memory = (
            sum(dict(p.template.requests).get(name, 0) for p in block) for name in ("cpu", "memory")
        )
        return min((c for a, m, c in sizes if cpu <= a and memory <= m), default=None)

    costs = []
    for blocks in partitions(list(of.cluster.pods)):
        prices = [price(block) for block in blocks]
        if None not in prices:
            costs.append(sum(p for p in prices if p is not None))
    return min(costs, default=None)


@pytest.mark.parametrize("seed", range(60))
def test_no_certificate_proves_more_than_the_cheapest_fleet_costs(seed: int) -> None:
    dice = random.Random(seed)
    types = catalog(
        *(
            (
                instance_type(f"m5.{vcpu}", vcpu, dice.choice((4, 8, 16))),
                vcpu * dice.uniform(1, 1.5),
            )
            for vcpu in dice.sample((2, 3, 4, 6), 2)
        ),
        zones=("zone-a",),
    )
    port = (HostPort("0.0.0.0", "TCP", 80),)
    pods = tuple(
        pod(
            f"p-{i}",
            f"{dice.choice((500, 900, 1000, 1500, 2000))}m",
            f"{dice.choice((512, 1000, 2048, 3000))}Mi",
            host_ports=port if dice.random() < 0.4 else (),
        )
        for i in range(6)
    )
    of = scene(pods, catalog_of=types)
    optimum = cheapest(of)
    assert optimum is not None
    keys = tuple(p.key for p in pods if p.template.host_ports)
    for _ in range(8):
        cpu, memory = dice.uniform(0.5, 1.3), dice.uniform(0, 0.2)
        prices = {
            "cpu": int(cpu * USD * UNIT / 1000),
            "memory": int(memory * USD * UNIT / 2**30),
            "exclusive/0": dice.choice((0, USD * UNIT // 2)),
        }
        values = [
            (int(USD * dice.uniform(0.8, 1.3) * (cpu * r["cpu"] / 1000)), (p,))
            for p in pods
            for r in [dict(p.template.requests)]
        ]
        grid = CertificateGrid(
            dice.choice((100, 250, 300, 500)),
            dice.choice((2**28, 2**29, 2**30)),
            dice.random() < 0.3,
        )
        made = certificate(
            of, *values, prices=(prices,), grid=dice.choice((grid, grid, None)), exclusive=(keys,)
        )
        assert check(of, made).proven_nano_usd_per_hour <= optimum
