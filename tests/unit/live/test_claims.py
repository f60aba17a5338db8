"""The phase of a claim follows from its instance and its Node alone."""

from dataclasses import replace

import pytest

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.live import marks
from kubestow.live.claims import (
    DAEMONSETS_SECONDS,
    DEVICES_SECONDS,
    NOBODYS,
    Launched,
    SeenNode,
    claims,
)
from kubestow.model.node import Node
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.observed import NodeCondition, NodeDetails
from kubestow.model.pod import Pod, PodTemplate
from kubestow.model.taints import Taint
from kubestow.testing import ZONES, nodeclaim

AT, ID = 10_000, "i-00000000000000001"
CLAIM = replace(
    nodeclaim("pool-1", phase=Phase.LAUNCHED),
    daemonset_pods=(Pod("kube-system", "cni", PodTemplate(), daemonset="kube-system/cni"),),
)
INSTANCE = OwnInstance(ID, "pool-1", "pool", "m5.large", ZONES[0], "on-demand", "running", 9_000)
PRICES = {("m5.large", ZONES[0], "on-demand"): 96_000_000}
NAME = "ip-10-0-0-1"


def details(ready: bool = True, since: int = 9_900, **notes: str) -> NodeDetails:
    condition = NodeCondition("Ready", str(ready), since=since)
    annotations = tuple((f"kubestow.dev/{k.replace('_', '-')}", v) for k, v in notes.items())
    return NodeDetails(9_800, (condition,), annotations, provider_id=f"aws:///{ZONES[0]}/{ID}")


def node(*taints: Taint, cordoned: bool = True) -> Node:
    return replace(CLAIM.node, name=NAME, taints=taints, unschedulable=cordoned)


def only(
    seen: SeenNode | None = None,
    instance: OwnInstance = INSTANCE,
    *,
    daemonsets: tuple[str, ...] = ("kube-system/cni",),
    at: int = AT,
) -> NodeClaim | None:
    """Return the claim of the instance, if there is one."""
    found, names = claims(
        [instance],
        {} if seen is None else {ID: seen},
        {},
        lambda name, _: (replace(CLAIM.node, name=name), CLAIM.daemonset_pods),
        PRICES,
        daemonsets=daemonsets,
        at=at,
    )
    assert names == ({} if seen is None else {NAME: "pool-1"})
    return found[0] if found else None


OWN = Taint("team", "a", "NoSchedule")
WHOLE = frozenset({"kube-system/cni"})


@pytest.mark.parametrize(
    ("seen", "phase"),
    [
        (None, Phase.LAUNCHED),
        (SeenNode(node(marks.HELD_TAINT, cordoned=False), details(False)), Phase.REGISTERED),
        (SeenNode(node(), details(False), WHOLE), Phase.REGISTERED),
        (SeenNode(node(), details(since=9_990)), Phase.REGISTERED),
        (SeenNode(node(), details(), WHOLE), Phase.HELD),
        (SeenNode(node(cordoned=False), details(), WHOLE), Phase.REGISTERED),
        (SeenNode(node(marks.HELD_TAINT), details(), WHOLE), Phase.REGISTERED),
        (SeenNode(node(marks.AVOIDED_TAINT), details(), WHOLE), Phase.HELD),
        (SeenNode(node(Taint("cni/not-ready", "", "NoExecute")), details(), WHOLE),
         Phase.REGISTERED),
        (SeenNode(node(cordoned=False), details(open_since="9950"), WHOLE), Phase.READY),
        (SeenNode(node(), details(open_since="9950", disrupted="Empty"), WHOLE), Phase.READY),
        (SeenNode(node(marks.LEAVING_TAINT), details(open_since="9950", leaving="Empty")),
         Phase.DRAINING),
    ],
)  # fmt: skip
def test_a_node_shows_the_phase_of_its_claim(seen: SeenNode | None, phase: Phase) -> None:
    claim = only(seen)
    assert claim is not None
    assert (claim.name, claim.phase, claim.holds) == ("pool-1", phase, True)
    assert claim.nano_usd_per_hour == 96_000_000
    assert claim.node.name == "pool-1"


def test_what_is_written_on_a_node_is_read_again() -> None:
    disrupted = only(SeenNode(node(), details(open_since="9950", disrupted="Drifted")))
    assert disrupted is not None
    assert (disrupted.reason, disrupted.ready_at) == ("Drifted", 9_950)
    held = only(SeenNode(node(), details(since=9_900), WHOLE))
    assert held is not None
    assert held.ready_at == 9_900


@pytest.mark.parametrize(("text", "stays"), [("true", True), ("false", False)])
def test_an_annotation_of_a_node_forbids_to_disrupt_it(text: str, stays: bool) -> None:
    found = details(open_since="1")
    notes = (*found.annotations, ("karpenter.sh/do-not-disrupt", text))
    claim = only(SeenNode(node(), replace(found, annotations=notes), WHOLE))
    assert claim is not None
    assert bool(claim.protection) is stays


def test_daemonsets_that_do_not_exist_or_do_not_come_hold_no_node_for_ever() -> None:
    seen = SeenNode(node(), details(since=9_900))
    absent = only(seen, daemonsets=())
    late = only(seen, at=9_900 + DAEMONSETS_SECONDS)
    assert absent is not None
    assert late is not None
    assert (absent.phase, late.phase) == (Phase.HELD, Phase.HELD)


def test_devices_that_do_not_register_hold_no_node_for_ever() -> None:
    """A node that is planned with GPUs is held once it tells of them, or after five minutes."""
    gpus, network = ("nvidia.com/gpu", 4), ("vpc.amazonaws.com/efa", 1)
    bare = node()
    planned = replace(CLAIM.node, allocatable=(*bare.allocatable, gpus, network))

    def phase(seen: Node, at: int = AT) -> Phase:
        ((claim,), _) = claims(
            [INSTANCE], {ID: SeenNode(seen, details(since=9_990), WHOLE)}, {},
            lambda name, _: (replace(planned, name=name), ()), PRICES, daemonsets=(), at=at,
        )  # fmt: skip
        return claim.phase

    assert phase(bare) is Phase.REGISTERED
    assert phase(replace(bare, allocatable=(*bare.allocatable, gpus))) is Phase.HELD
    assert phase(bare, 9_990 + DEVICES_SECONDS) is Phase.HELD


def test_an_instance_that_ends_is_gone_or_drains() -> None:
    ending = replace(INSTANCE, state="shutting-down")
    assert only(None, ending) is None
    claim = only(SeenNode(node(), details(open_since="1"), WHOLE), ending)
    assert claim is not None
    assert claim.phase is Phase.DRAINING


def test_an_instance_is_the_claim_that_it_was_launched_for_before_its_tag_tells() -> None:
    untagged = replace(INSTANCE, claim=ID)
    launched = {"pool-1": Launched(CLAIM, ID, 9_000)}
    found, _ = claims(
        [untagged], {}, launched, lambda *_: (CLAIM.node, ()), PRICES, daemonsets=(), at=AT
    )
    assert [claim.name for claim in found] == ["pool-1"]


def test_nodes_of_others_are_nobodys_and_keep_their_names() -> None:
    other = SeenNode(replace(CLAIM.node, name="theirs"), details())
    found, names = claims([], {"theirs": other}, {}, lambda *_: None, PRICES, daemonsets=(), at=AT)
    assert [(claim.name, claim.nodepool, claim.phase) for claim in found] == [
        ("theirs", NOBODYS, Phase.READY)
    ]
    assert names == {}


@pytest.mark.parametrize(
    ("seen", "phase"),
    [
        (SeenNode(node(cordoned=False), details(), WHOLE), Phase.READY),  # it was there before
        (SeenNode(node(), details(), WHOLE), Phase.READY),  # somebody else has cordoned it
        (SeenNode(node(cordoned=False), details(cordoned="true"), WHOLE), Phase.READY),
        (SeenNode(node(cordoned=False), details(False, 9_801), WHOLE, is_busy=True), Phase.READY),
        (SeenNode(node(cordoned=False), details(False, since=9_850), WHOLE), Phase.READY),  # it was
        (SeenNode(node(cordoned=False), details(False, since=9_801), WHOLE), Phase.REGISTERED),
        (SeenNode(node(), details(False, cordoned="true"), WHOLE), Phase.REGISTERED),
        (SeenNode(node(OWN), details(since=9_990, cordoned="true"), WHOLE), Phase.REGISTERED),
        (SeenNode(node(OWN), details(cordoned="true"), WHOLE), Phase.HELD),  # it stays, it seems
        (SeenNode(node(), details(cordoned="true"), WHOLE), Phase.HELD),
        (SeenNode(node(), details(cordoned="true", disrupted="Empty"), WHOLE), Phase.READY),
        (SeenNode(node(cordoned=False), details(open_since="9950"), WHOLE), Phase.READY),
        (SeenNode(node(), details(leaving="Empty"), WHOLE), Phase.DRAINING),
    ],
)
def test_a_node_of_a_group_is_in_use_unless_it_was_held_as_it_came(
    seen: SeenNode, phase: Phase
) -> None:
    claim = only(seen, replace(INSTANCE, is_grouped=True))
    assert claim is not None
    assert claim.phase is phase
    if phase is Phase.READY and not seen.notes:
        is_ready = seen.details.conditions[0].is_good
        assert claim.ready_at == (9_900 if is_ready else 9_800)


def test_a_node_of_a_group_that_has_long_been_there_does_not_come() -> None:
    seen = SeenNode(node(cordoned=False), details(False), WHOLE)
    claim = only(seen, replace(INSTANCE, is_grouped=True), at=9_800 + 900)
    assert claim is not None
    assert claim.phase is Phase.READY


def test_who_asks_that_a_node_stays_protects_it() -> None:
    def said(is_kept: bool = False, **notes: str) -> str:
        annotations = tuple(
            (key.replace("__", "/").replace("_", "-"), v) for key, v in notes.items()
        )
        facts = replace(details(), annotations=annotations)
        instance = replace(INSTANCE, is_grouped=True, is_kept=is_kept)
        claim = only(SeenNode(node(cordoned=False), facts, WHOLE), instance)
        assert claim is not None
        return claim.protection

    assert said() == ""
    assert said(is_kept=True) == "protected from scale-in"
    assert said(karpenter_sh__do_not_disrupt="false") == ""


@pytest.mark.parametrize("grouped", [True, False])
def test_annotations_of_karpenter_and_cluster_autoscaler_protect_a_node(grouped: bool) -> None:
    def said(key: str) -> str:
        facts = replace(details(open_since="9950"), annotations=((key, "true"),))
        seen = SeenNode(node(cordoned=False), facts, WHOLE)
        claim = only(seen, replace(INSTANCE, is_grouped=grouped))
        assert claim is not None
        return claim.protection

    disabled = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
    assert said("karpenter.sh/do-not-disrupt") == "karpenter.sh/do-not-disrupt"
    assert said(disabled) == (disabled if grouped else "")


@pytest.mark.parametrize(
    ("notes", "of_own", "of_group"),
    [
        ({}, None, None),
        ({"rebalance_at": "9970"}, 9_970, None),  # Auto Scaling replaces it
        ({"scheduled_at": "9980"}, 9_980, 9_980),
        ({"rebalance_at": "9970", "scheduled_at": "9980"}, 9_970, 9_980),
    ],
)
def test_what_ec2_has_scheduled_is_a_risk_for_nodes_of_groups_too(
    notes: dict[str, str], of_own: int | None, of_group: int | None
) -> None:
    seen = SeenNode(node(cordoned=False), details(open_since="9950", **notes), WHOLE)
    own, grouped = only(seen), only(seen, replace(INSTANCE, is_grouped=True))
    assert own is not None
    assert grouped is not None
    assert (own.rebalance_at, grouped.rebalance_at) == (of_own, of_group)
