"""A live world: what is seen has the names of claims, and what is decided is done once."""

from dataclasses import dataclass, field, replace
from typing import Any

from kubestow.adapters.aws.fleets import (
    FleetAnswer,
    FleetRequest,
    MadeWith,
    OwnInstance,
    UncertainLaunchError,
)
from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live import marks
from kubestow.live.claims import Launched
from kubestow.live.group_fleet import Failure
from kubestow.live.launching import Launches, LaunchSetup, WantedNode
from kubestow.live.own_fleet import OwnFleet
from kubestow.live.witness import Deed
from kubestow.live.world import NOT_OURS, NOT_WAITING, LiveWorld
from kubestow.model.decision import (
    NOT_LAUNCHED,
    Avoid,
    Cordon,
    Decision,
    DeletionOrder,
    Drain,
    Land,
    Launch,
    Open,
    Waiting,
)
from kubestow.model.input_error import InputError
from kubestow.model.node import Node
from kubestow.model.nodeclaim import Event, NodeClaim, Phase
from kubestow.model.observed import NodeCondition, NodeDetails, ObjectIdentity, Observed
from kubestow.model.pod import Pod
from kubestow.model.taints import Taint
from kubestow.policies.provisioner import PLANNED
from kubestow.testing import ZONES, nodeclaim, pod, snapshot


def claim(name: str, zone: str = ZONES[0]) -> NodeClaim:
    return nodeclaim(name, zone=zone, phase=Phase.LAUNCHING, holds=True)


@dataclass
class Stand:
    """EC2 and an API server: instances are launched, Nodes join when told to."""

    pods: list[Pod] = field(default_factory=list)
    nodes: dict[str, tuple[Node, NodeDetails]] = field(default_factory=dict)
    instances: dict[str, OwnInstance] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    fleets: list[FleetRequest] = field(default_factory=list)
    lacks: bool = False
    is_visible: bool = True
    at: int = 10_000
    hurried: int = 0
    compared: list[tuple[str, str, str]] = field(default_factory=list)
    notes: dict[str, dict[str, str | None]] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)

    def observe(self) -> Observed:
        nodes = tuple(node for node, _ in self.nodes.values())
        made = replace(snapshot(self.pods, nodes=nodes), at=self.at)
        return Observed("stand", made, {name: item[1] for name, item in self.nodes.items()})

    def own(self) -> tuple[OwnInstance, ...]:
        return tuple(self.instances.values()) if self.is_visible else ()

    def existing(self, ids: Any) -> frozenset[str]:
        return frozenset(ids) & frozenset(self.instances)

    def end(self, ids: Any) -> None:
        self.asked += [f"end {name}" for name in ids]

    def prepared(self, wanted: WantedNode, zone: str, count: int) -> LaunchSetup:
        assert marks.HELD_TAINT in wanted.taints
        if wanted.nodepool == "wrong":
            raise InputError("no class", hint="")
        return LaunchSetup("template", f"subnet-{zone}")

    trouble = ""

    def anew(self) -> None:
        pass

    def outdated(self, nodes: Any, apart: Any) -> dict[str, str]:
        self.compared = [(name, item.claim, item.made_with.image) for name, item in nodes]
        return {item.claim: "image ami-2" for _, item in nodes if item.made_with.image == "ami-1"}

    def name(self, wanted: WantedNode) -> str:
        return "template"

    def forget(self, template: str) -> None:
        pass

    def renew(self) -> None:
        pass

    def launch(self, request: FleetRequest) -> FleetAnswer:
        self.fleets.append(request)
        made = {}
        for name in request.claims[: 1 if self.lacks else None]:
            key = f"i-{len(self.instances):017x}"
            place = (request.instance_type, request.zone, request.capacity_type)
            self.instances[key] = OwnInstance(key, name, request.nodepool, *place, "pending", 1)
            made[name] = key
        return FleetAnswer(made, self.lacks, "none left" if self.lacks else "")

    def bind(self, name: str, uid: str, node: str) -> Answer:
        self.asked.append(f"bind {name} {node}")
        return Answer.DONE

    def change_node(self, name: str, change: Any) -> Answer:
        body = {"metadata": {"annotations": {}, "labels": {}}, "spec": {"taints": []}}
        patch = change(body)
        self.asked.append(f"{name}: {sorted(patch.get('metadata', {}).get('annotations', {}))}")
        return Answer.DONE

    def annotate_pod(self, name: str, notes: Any) -> Answer:
        self.asked.append(f"annotate {name}")
        self.notes.setdefault(name, {}).update(notes)
        return Answer.DONE

    def annotate_claim(self, namespace: str, name: str, notes: Any) -> Answer:
        return Answer.DONE

    def join(self, instance: str, *, opened: bool = False) -> None:
        own = self.instances[instance]
        name = f"ip-{instance}"
        notes = ((marks.OPEN_SINCE, "1"),) if opened else ()
        ready = NodeCondition("Ready", "True", since=1)
        details = NodeDetails(1, (ready,), notes, provider_id=f"aws:///{own.zone}/{instance}")
        node = replace(nodeclaim(name, zone=own.zone).node, name=name, unschedulable=not opened)
        self.nodes[name] = (node, details)

    def identity(self, key: str) -> ObjectIdentity:
        notes = self.notes.get(key, {})
        return ObjectIdentity("u", {name: text for name, text in notes.items() if text is not None})

    def world(self) -> LiveWorld:
        return LiveWorld(
            self, self, OwnFleet(self, self.now), Launches(self, self, self.now),
            identity=self.identity, daemonsets=lambda: (),
            hurry=self.hurry, hear=self.deeds.append,
        )  # fmt: skip

    def hurry(self) -> None:
        self.hurried += 1

    def now(self) -> int:
        return self.at


def launches(*names: str) -> Decision:
    return Decision(tuple(Launch(claim(name), "Provisioning") for name in names))


def test_claims_alike_are_one_fleet_and_are_seen_before_ec2_tells_of_them() -> None:
    stand = Stand(is_visible=False)
    world = stand.world()
    world.observe()
    other = Launch(claim("c", ZONES[1]), "Provisioning")
    world.execute(Decision((*launches("a", "b").actions, other)))
    assert sorted(request.claims for request in stand.fleets) == [("a", "b"), ("c",)]
    seen = world.observe()
    assert [(item.name, item.phase) for item in seen.nodeclaims] == [
        ("a", Phase.LAUNCHED), ("b", Phase.LAUNCHED), ("c", Phase.LAUNCHED),
    ]  # fmt: skip
    stand.at += 400  # EC2 has never told of them
    assert world.observe().nodeclaims == ()


def test_a_node_has_the_name_of_its_claim_and_its_pods_are_on_it() -> None:
    stand = Stand()
    world = stand.world()
    world.observe()
    world.execute(launches("a"))
    (key,) = stand.instances
    stand.join(key, opened=True)
    stand.pods = [pod("web").on(f"ip-{key}")]
    seen = world.observe()
    assert [node.name for node in seen.cluster.nodes] == ["a"]
    assert [item.node_name for item in seen.cluster.pods] == ["a"]
    assert [item.phase for item in seen.nodeclaims] == [Phase.READY]
    assert world.observe().cluster.pods[0] is seen.cluster.pods[0]


def test_a_held_node_is_landed_on_and_opened_under_its_own_name() -> None:
    stand = Stand(pods=[pod("web"), pod("bound").on("elsewhere")])
    world = stand.world()
    world.observe()
    world.execute(launches("a"))
    (key,) = stand.instances
    stand.join(key)
    assert [item.phase for item in world.observe().nodeclaims] == [Phase.HELD]
    outcomes = world.execute(
        Decision((Land("default/web", "a"), Land("default/bound", "a"), Open("a", "landed")))
    )
    assert stand.asked == [f"bind default/web ip-{key}", f"ip-{key}: ['kubestow.dev/open-since']"]
    assert [(item.subject, item.event) for item in outcomes] == [("default/bound", NOT_WAITING)]
    assert [(deed.what, deed.kind, deed.name, deed.reason) for deed in stand.deeds] == [
        ("launch", "Instance", key, "Provisioning"),
        ("land", "Pod", "default/web", ""),
        ("open", "Node", f"ip-{key}", "landed"),
    ]


def test_what_was_not_launched_here_is_never_changed() -> None:
    stand = Stand()
    theirs = nodeclaim("theirs").node
    stand.nodes["theirs"] = (theirs, NodeDetails())
    world = stand.world()
    seen = world.observe()
    assert [item.nodepool for item in seen.nodeclaims] == [""]
    actions = (Drain("theirs", "Empty"), Cordon("theirs", "Empty"), Open("theirs", ""))
    outcomes = world.execute(Decision(actions))
    assert [item.event for item in outcomes] == [NOT_OURS] * 3
    assert stand.asked == []


def test_own_nodes_are_avoided_and_others_left_alone() -> None:
    stand = Stand()
    world = stand.world()
    world.observe()
    world.execute(launches("a", "b"))
    for key in stand.instances:
        stand.join(key, opened=True)
    stand.nodes["theirs"] = (nodeclaim("theirs").node, NodeDetails())
    world.observe()
    world.execute(Decision((Avoid(("b", "theirs", "gone")),)))
    told = [(deed.what, deed.name) for deed in stand.deeds if deed.what == "avoid"]
    _, second = stand.instances
    assert told == [("avoid", f"ip-{second}")]


def test_a_node_that_has_not_joined_is_ended_and_one_that_has_is_drained() -> None:
    stand = Stand()
    world = stand.world()
    world.observe()
    world.execute(launches("a", "b"))
    first, second = stand.instances
    stand.join(second, opened=True)
    world.observe()
    world.execute(Decision((Drain("a", "Empty"), Drain("b", "Empty"))))
    assert stand.asked == [f"end {first}", f"ip-{second}: ['kubestow.dev/leaving']"]
    told = [(deed.what, deed.name, deed.reason) for deed in stand.deeds if deed.what != "launch"]
    assert told == [("end", first, "Empty"), ("drain", f"ip-{second}", "Empty")]


def test_without_capacity_the_rest_is_decided_again_at_once() -> None:
    stand = Stand(lacks=True)
    world = stand.world()
    world.observe()
    outcomes = world.execute(launches("a", "b"))
    assert [(item.subject, item.event) for item in outcomes] == [("b", Event.INSUFFICIENT_CAPACITY)]
    assert outcomes[0].offering == claim("b").offering
    assert stand.hurried == 1


def test_a_class_that_cannot_be_launched_fails_its_claims_alone() -> None:
    stand = Stand()
    world = stand.world()
    world.observe()
    wrong = nodeclaim("w", nodepool="wrong", phase=Phase.LAUNCHING)
    outcomes = world.execute(Decision((*launches("a").actions, Launch(wrong, "Provisioning"))))
    assert [item.subject for item in outcomes] == ["w"]
    refused = [deed for deed in stand.deeds if not deed.is_done]
    assert [(item.name, item.result, item.detail) for item in refused] == [
        ("wrong", "not prepared", "no class")
    ]
    assert [item.name for item in world.observe().nodeclaims] == ["a"]
    assert stand.hurried == 0


def test_nodes_that_are_there_are_compared_with_their_class() -> None:
    stand = Stand()
    world = stand.world()
    world.observe()
    world.execute(Decision((Launch(claim("a"), ""), Launch(claim("b"), ""))))
    key = next(name for name, own in stand.instances.items() if own.claim == "a")
    stand.instances[key] = replace(stand.instances[key], made_with=MadeWith("ami-1"))
    stand.join(key, opened=True)
    stand.at += 60
    found = {item.name: item.outdated for item in world.observe().nodeclaims}
    assert stand.compared == [("m5.large", "a", "ami-1")]
    assert found == {"a": "image ami-2", "b": ""}


COST = "controller.kubernetes.io/pod-deletion-cost"


def costs_written(stand: Stand, world: LiveWorld, *nodes: str) -> dict[str, int]:
    """Return the costs after an order of nodes and as many turns as it takes."""
    world.observe()
    world.execute(Decision((DeletionOrder(nodes),)))
    before: list[str] = []
    while before != stand.asked:
        before = list(stand.asked)
        world.observe()
        world.execute(Decision(()))
    return {key: int(cost) for key in stand.notes if (cost := stand.notes[key].get(COST))}


def owned(name: str, node: str) -> Pod:
    made = pod(name).on(node)
    return replace(made, lifecycle=replace(made.lifecycle, owner=("ReplicaSet", "web")))


def test_pods_are_deleted_node_by_node_after_those_that_no_order_names() -> None:
    stand = Stand(pods=[owned("a", "n1"), owned("b", "n2"), owned("c", "n2"), owned("d", "n3")])
    costs = costs_written(stand, stand.world(), "n2", "n1")
    keys = {item.name: item.key for item in stand.pods}
    assert 0 < costs[keys["b"]] == costs[keys["c"]] < costs[keys["a"]]
    assert keys["d"] not in costs


def test_only_pods_whose_place_in_the_order_changes_are_written_anew() -> None:
    stand = Stand(pods=[owned(f"p{i}", f"n{i}") for i in range(20)])
    world, nodes = stand.world(), [f"n{i}" for i in range(20)]
    costs_written(stand, world, *nodes)
    stand.asked.clear()
    costs_written(stand, world, *nodes[1:10], nodes[0], *nodes[11:])
    changed = {stand.pods[0].key, stand.pods[10].key}  # one moves, one is in the order no more
    assert {item.removeprefix("annotate ") for item in stand.asked} == changed


def test_one_turn_does_not_write_all_costs() -> None:
    stand = Stand(pods=[owned(f"p{i}", "n") for i in range(1_000)])
    world = stand.world()
    world.observe()
    world.execute(Decision((DeletionOrder(("n",)),)))
    assert 0 < len(stand.notes) < 1_000
    assert len(costs_written(stand, world, "n")) == 1_000


def test_costs_that_may_not_be_written_are_tried_once() -> None:
    class Refusing(Stand):
        def annotate_pod(self, name: str, notes: Any) -> Answer:
            self.asked.append(name)
            return Answer.FORBIDDEN

    stand = Refusing(pods=[owned(f"p{i}", "n") for i in range(1_000)])
    world = stand.world()
    assert costs_written(stand, world, "n") == {}
    assert len(stand.asked) == 1_000
    assert [item.result for item in stand.deeds if item.what == "order"] == ["forbidden"] * 3


def test_a_cost_of_somebody_elses_stays() -> None:
    stand = Stand(pods=[owned("a", "n1")])
    stand.notes[stand.pods[0].key] = {COST: "-7"}
    assert costs_written(stand, stand.world(), "n1") == {stand.pods[0].key: -7}


def test_a_turn_that_comes_to_the_same_again_is_told_once() -> None:
    stand = Stand()
    world, told = stand.world(), []
    world._told.tell = told.append
    wrong = Launch(nodeclaim("w", nodepool="wrong", phase=Phase.LAUNCHING), "Provisioning")
    for _ in range(3):
        world.observe()
        world.execute(Decision((wrong,)))
    assert [text.partition(" (")[0] for text in told] == [
        "asked: launch 1; not done: 1 not launched"
    ]


def test_taints_of_the_start_are_those_of_the_pool() -> None:
    wanted: list[WantedNode] = []

    class Noting(Stand):
        def prepared(self, node: WantedNode, zone: str, count: int) -> LaunchSetup:
            wanted.append(node)
            return super().prepared(node, zone, count)

    agent = Taint("cni/agent-not-ready", "", "NoExecute")
    stand = Noting()
    result = Launches(stand, stand, stand.now).launch([claim("a")], {"pool": (agent,)})
    assert [item.claim.name for item in result.launched] == ["a"]
    assert wanted[0].taints == (agent, marks.HELD_TAINT)


def test_a_fleet_without_an_answer_is_asked_for_again_before_anything_else() -> None:
    class Silent(Stand):
        answers = False

        def launch(self, request: FleetRequest) -> FleetAnswer:
            made = super().launch(request)
            if not self.answers:
                self.instances.clear()
                raise UncertainLaunchError("no answer", hint="")
            return made

    stand = Silent()
    world = stand.world()
    world.observe()
    assert world.execute(launches("a")) == ()
    for _ in range(2):
        (claim_seen,) = world.observe().nodeclaims
        assert (claim_seen.name, claim_seen.phase) == ("a", Phase.LAUNCHING)
    stand.answers = True
    assert [item.phase for item in world.observe().nodeclaims] == [Phase.LAUNCHED]
    assert len({request.token for request in stand.fleets}) == 1
    assert len(stand.instances) == 1


def test_a_fleet_that_never_gets_an_answer_is_given_up() -> None:
    class Silent(Stand):
        def launch(self, request: FleetRequest) -> FleetAnswer:
            raise UncertainLaunchError("no answer", hint="")

    stand = Silent()
    world = stand.world()
    world.observe()
    world.execute(launches("a"))
    stand.at += 301
    assert world.observe().nodeclaims == ()
    assert [item.subject for item in world.execute(Decision())] == ["a"]


def test_a_node_of_a_group_is_launched_once_it_has_come() -> None:
    class Groups:
        names = frozenset({"pool"})

        def launch(self, name: str, claims: Any) -> tuple[Launched, ...]:
            return tuple(Launched(c, f"for {c.name}", 10_000, is_to_come=True) for c in claims)

        def failed(self) -> tuple[Failure, ...]:
            return ()

    stand, told = Stand(), list[str]()
    made = Launches(stand, stand, stand.now, groups=Groups())
    world = LiveWorld(
        stand, stand, OwnFleet(stand, stand.now), made,
        identity=stand.identity, daemonsets=lambda: (), tell=told.append, hear=stand.deeds.append,
    )  # fmt: skip
    world.observe()
    world.execute(launches("a", "b"))
    assert "node group pool: 2 more nodes asked for" in told
    assert stand.deeds == []
    place = claim("a").offering
    own = OwnInstance("i-1", "a", "pool", *place, "running", 10_000, is_grouped=True)
    stand.instances["i-1"] = own
    stand.at += 15
    for _ in range(2):
        world.observe()
        world.execute(launches())
    (deed,) = stand.deeds
    assert (deed.what, deed.name, deed.node, deed.reason) == ("launch", "i-1", "a", "Provisioning")
    ready, details = NodeCondition("Ready", "False", since=10_000), stand.at
    stand.nodes["ip-1"] = (
        replace(claim("a").node, name="ip-1"),
        NodeDetails(details, (ready,), provider_id=f"aws:///{ZONES[0]}/i-1"),
    )
    world.observe()
    world.execute(launches("c"))
    held = stand.deeds[-1]
    assert (held.what, held.name, held.reason) == ("hold", "ip-1", "Provisioning")
    assert held.detail == "node group pool"


def test_an_expired_node_is_drained_once_its_successor_is_launched() -> None:
    class Refusing(Stand):
        is_full = False

        def launch(self, request: FleetRequest) -> FleetAnswer:
            return FleetAnswer({}, True, "none left") if self.is_full else super().launch(request)

    stand = Refusing()
    world = stand.world()
    world.observe()
    world.execute(launches("old"))
    (key,) = stand.instances
    stand.join(key, opened=True)
    stand.pods, stand.is_full = [pod("web").on(f"ip-{key}")], True

    def expire(successor: str) -> list[tuple[str, str]]:
        waiting = (Waiting("default/web", PLANNED, successor),)
        actions = (Drain("old", "Expired"), *launches(successor).actions)
        world.observe()
        outcomes = world.execute(Decision(actions, waiting=waiting))
        return [(item.subject, item.event) for item in outcomes]

    missing = ("new", Event.INSUFFICIENT_CAPACITY.value)
    assert expire("new") == [missing, ("old", NOT_LAUNCHED)]
    assert stand.asked == []
    stand.is_full = False
    assert expire("newer") == []
    (marked,) = stand.asked
    assert marked.startswith(f"ip-{key}: ['kubestow.dev/leaving'")
