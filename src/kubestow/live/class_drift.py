"""Drift of node classes: what a class would launch otherwise than an instance was launched.

Its image (the newest that the class selects), its subnet, its security groups and its settings.
What is not known of an instance, and what cannot be asked, is not judged. Source:
karpenter-provider-aws v1.15 pkg/cloudprovider/drift.go; which fields selectors stand for, so that
no digest counts them: pkg/apis/v1/ec2nodeclass.go (hash:"ignore").
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from kubestow.adapters.aws.fleets import MadeWith
from kubestow.model import labels as names
from kubestow.model.digest import whole_digest
from kubestow.model.input_error import InputError
from kubestow.model.launch_class import LaunchClass
from kubestow.model.nodeclaim import THERE, NodeClaim
from kubestow.model.nodepool import NodePool
from kubestow.model.setup import Subnet

_VERSION, _DIGEST_CHARACTERS = "1", 16
_AGAIN_SECONDS = 60


class Selecting(Protocol):
    """Who tells what a class selects; each raises InputError where that cannot be told."""

    def subnets(self, launch_class: LaunchClass) -> tuple[Subnet, ...]:
        """Return its subnets."""

    def security_groups(self, launch_class: LaunchClass) -> tuple[str, ...]:
        """Return the ids of its security groups, sorted."""

    def image(self, launch_class: LaunchClass, architecture: str, accelerator: str = "") -> str:
        """Return the id of its newest image."""


@dataclass(frozen=True, slots=True)
class LaunchedNode:
    """A node by its claim, the class that it has and that of its NodePool now, and how it was made.

    Without ``architecture`` its image is not judged.
    """

    claim: str
    had_class: str
    node_class: str
    made_with: MadeWith
    architecture: str = ""
    accelerator: str = ""


@dataclass(slots=True)
class _Selection:
    """What a class says and selects now; images by architecture and accelerator."""

    settings: str
    subnets: frozenset[str]
    groups: tuple[str, ...]
    images: dict[tuple[str, str], str] = field(default_factory=dict)


def settings_of(launch_class: LaunchClass) -> str:
    """Return a digest of all that a class says beside its selectors.

    It begins with its version, which changes with what it counts: nodes with a digest of another
    version are not judged by it.
    """
    plain = replace(launch_class, ami_terms=(), subnet_terms=(), security_group_terms=())
    return f"{_VERSION}-{whole_digest(plain)[:_DIGEST_CHARACTERS]}"


@dataclass(slots=True)
class ClassDrift:
    """Compares nodes with their classes; a class that cannot be asked about rests for a minute."""

    selecting: Selecting
    now: Callable[[], int]
    _due: dict[str, int] = field(default_factory=dict)

    def outdated(
        self, nodes: Iterable[LaunchedNode], classes: Mapping[str, LaunchClass]
    ) -> dict[str, str]:
        """Return what would be launched otherwise by now, by claim; nothing of the others.

        Nodes of classes that are not there are not judged.
        """
        found: dict[str, str] = {}
        selections: dict[str, _Selection] = {}
        for node in nodes:
            chosen = classes.get(node.node_class)
            if chosen is None or self.now() < self._due.get(chosen.name, 0):
                continue
            try:
                if chosen.name not in selections:
                    selections[chosen.name] = self._selection(chosen)
                said = self._judged(node, chosen, selections[chosen.name])
            except InputError:
                self._due[chosen.name] = self.now() + _AGAIN_SECONDS
                continue
            if said:
                found[node.claim] = said
        return found

    def _selection(self, chosen: LaunchClass) -> _Selection:
        selecting = self.selecting
        subnets = frozenset(subnet.id for subnet in selecting.subnets(chosen))
        return _Selection(settings_of(chosen), subnets, selecting.security_groups(chosen))

    def _judged(self, node: LaunchedNode, chosen: LaunchClass, now: _Selection) -> str:
        made = node.made_with
        if node.had_class and node.had_class != chosen.name:
            return f"EC2NodeClass {chosen.name}"
        is_known = made.settings.startswith(f"{_VERSION}-")
        if is_known and made.settings != now.settings:
            return f"settings of EC2NodeClass {chosen.name}"
        kind = node.architecture, node.accelerator
        if made.image and node.architecture:
            if kind not in now.images:
                now.images[kind] = self.selecting.image(chosen, *kind)
            if made.image != now.images[kind]:
                return f"image {now.images[kind]}"
        if made.subnet and made.subnet not in now.subnets:
            return f"subnet {made.subnet} is selected no more"
        if made.groups and made.groups != now.groups:
            return f"security groups {', '.join(now.groups)}"
        return ""


Outdated = Callable[[Iterable[tuple[str, LaunchedNode]]], Mapping[str, str]]
"""Tells what would be launched otherwise by now, by claim, of nodes by instance type."""


def compared(
    claims: Sequence[NodeClaim],
    pools: Iterable[NodePool],
    made: Mapping[str, MadeWith],
    outdated: Outdated,
) -> tuple[NodeClaim, ...]:
    """Return claims that say what their NodePools' classes would launch otherwise by now.

    ``made`` is what nodes were launched with, by claim; others are not judged.
    """
    classes = {pool.name: pool.node_class.name for pool in pools}
    nodes = []
    for claim in claims:
        if claim.phase in THERE and claim.nodepool in classes and claim.name in made:
            had = dict(claim.node.labels).get(names.NODE_CLASS, "")
            wanted = classes[claim.nodepool]
            node = LaunchedNode(claim.name, had, wanted, made[claim.name])
            nodes.append((claim.instance_type, node))
    said = outdated(nodes)
    return tuple(
        replace(claim, outdated=said[claim.name]) if claim.name in said else claim
        for claim in claims
    )
