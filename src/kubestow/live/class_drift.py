"""Drift of node classes: what a class would launch otherwise than an instance was launched.

Its image (the newest that the class selects), its subnet, its security groups and its settings.
What is not known of an instance, and what cannot be asked, is not judged. Source:
karpenter-provider-aws v1.15 pkg/cloudprovider/drift.go; which fields selectors stand for, so that
no digest counts them: pkg/apis/v1/ec2nodeclass.go (hash:"ignore").
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Protocol

from kubestow.adapters.aws.fleets import MadeWith
from kubestow.disruption.drift import drift
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


@dataclass(frozen=True, slots=True)
class _Selection:
    """What a class says and selects; images by architecture and accelerator."""

    of: LaunchClass
    settings: str
    subnets: frozenset[str]
    groups: tuple[str, ...]
    images: Mapping[tuple[str, str], str]


def settings_of(launch_class: LaunchClass) -> str:
    """Return a digest of all that a class says beside its selectors.

    It begins with its version, which changes with what it counts: nodes with a digest of another
    version are not judged by it.
    """
    plain = replace(launch_class, ami_terms=(), subnet_terms=(), security_group_terms=())
    return f"{_VERSION}-{whole_digest(plain)[:_DIGEST_CHARACTERS]}"


Apart = Callable[[Callable[[], None]], None]
"""Does something so that nobody waits for it."""


@dataclass(slots=True)
class ClassDrift:
    """Compares nodes with what their classes selected last, which is asked for once a minute.

    ``trouble`` is why that could not be asked; a class without an answer is not judged.
    """

    selecting: Selecting
    now: Callable[[], int]
    trouble: str = ""
    _known: dict[str, _Selection] = field(default_factory=dict)
    _due: int = 0
    _asking: Lock = field(default_factory=Lock)
    _begun: int = 0
    """How often it began anew: what was asked for before is not heeded after it."""

    def anew(self) -> None:
        """Forget what was selected."""
        self._begun += 1
        self._known, self._due = {}, 0

    def outdated(
        self, nodes: Sequence[LaunchedNode], classes: Mapping[str, LaunchClass], apart: Apart
    ) -> dict[str, str]:
        """Return what would be launched otherwise by now, by claim; nothing of the others.

        Nodes of classes that are not there, or that have changed since, are not judged.
        """
        if self.now() >= self._due and self._asking.acquire(blocking=False):
            begun = self._begun
            apart(lambda: self._ask(nodes, classes, begun))
        known = self._known
        found: dict[str, str] = {}
        for node in nodes:
            chosen, selection = classes.get(node.node_class), known.get(node.node_class)
            if chosen is not None and selection is not None and selection.of == chosen:
                said = self._judged(node, chosen, selection)
                if said:
                    found[node.claim] = said
        return found

    def _ask(
        self, nodes: Iterable[LaunchedNode], classes: Mapping[str, LaunchClass], begun: int
    ) -> None:
        """Ask what the classes of nodes select, for who had begun then."""
        try:
            kinds: dict[str, set[tuple[str, str]]] = {}
            for node in nodes:
                if node.node_class in classes:
                    own = kinds.setdefault(node.node_class, set())
                    own |= {(node.architecture, node.accelerator)} if node.architecture else set()
            known: dict[str, _Selection] = {}
            trouble: dict[str, None] = {}
            for name, some in sorted(kinds.items()):
                try:
                    known[name] = self._selection(classes[name], some)
                except InputError as problem:
                    trouble[problem.message] = None
            if begun == self._begun:
                self._known, self.trouble = known, "; ".join(trouble)
        finally:
            if begun == self._begun:
                self._due = self.now() + _AGAIN_SECONDS
            self._asking.release()

    def _selection(self, chosen: LaunchClass, kinds: Iterable[tuple[str, str]]) -> _Selection:
        selecting = self.selecting
        return _Selection(
            chosen,
            settings_of(chosen),
            frozenset(subnet.id for subnet in selecting.subnets(chosen)),
            selecting.security_groups(chosen),
            {kind: selecting.image(chosen, *kind) for kind in sorted(kinds)},
        )

    @staticmethod
    def _judged(node: LaunchedNode, chosen: LaunchClass, now: _Selection) -> str:
        made = node.made_with
        if node.had_class and node.had_class != chosen.name:
            return f"EC2NodeClass {chosen.name}"
        is_known = made.settings.startswith(f"{_VERSION}-")
        if is_known and made.settings != now.settings:
            return f"settings of EC2NodeClass {chosen.name}"
        newest = now.images.get((node.architecture, node.accelerator), "")
        if made.image and newest and made.image != newest:
            return f"image {newest}"
        if made.subnet and made.subnet not in now.subnets:
            return f"subnet {made.subnet} is selected no more"
        if made.groups and made.groups != now.groups:
            return f"security groups {', '.join(now.groups)}"
        return ""


Outdated = Callable[[Sequence[tuple[str, LaunchedNode]]], Mapping[str, str]]
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
    classes = {
        pool.name: pool.node_class.name for pool in pools if not pool.launched_by.is_node_group
    }
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


def drifted(claims: Iterable[NodeClaim], pools: Iterable[NodePool]) -> str:
    """Return what nodes have drifted from, NodePool by NodePool; empty where none has."""
    by_name = {pool.name: pool for pool in pools}
    said = {
        f"{claim.nodepool}: {what}"
        for claim in claims
        if claim.phase in THERE
        and (pool := by_name.get(claim.nodepool))
        and (what := drift(claim, pool))
    }
    return "; ".join(sorted(said))
