"""The journal: every decision and its input, as gzipped lines of JSON.

The first line holds what never changes; each further line holds what is new since the one before,
so that every snapshot can be rebuilt and its decision repeated. The same run writes the same bytes.
A line is written before its decision is carried out, and a truncated journal is read up to its last
whole line, so a run that was killed can be resumed from there.
"""

import gzip
from collections.abc import Generator, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec

from kubestow.adapters.journal_lines import (
    JOURNAL_HINT,
    Sealer,
    contents,
    whole_lines,
    written_version,
)
from kubestow.adapters.journal_memory import MemoryRecord
from kubestow.adapters.shapes import converted, decoder
from kubestow.adapters.whole_file import writable
from kubestow.model.decision import (
    Action,
    Avoid,
    Cordon,
    Decision,
    DeletionOrder,
    Drain,
    Kept,
    Land,
    Launch,
    Open,
    Uncordon,
    Waiting,
)
from kubestow.model.eviction_prices import DEFAULT_PRICES, EvictionPrices
from kubestow.model.input_error import InputError
from kubestow.model.memory import Memory, RecordedDecision
from kubestow.model.node import Node
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod, PodTemplate
from kubestow.model.snapshot import Snapshot
from kubestow.model.spot_prices import changed_prices, with_changes
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim
from kubestow.model.workload import Workload

VERSION = 4
EVICTION_PRICES = "eviction_prices"
"""The option with the prices of evictions; journals without it have the default ones."""
_OTHER_HINT = "repeat the options it was started with, or omit --resume to start over"
_OTHER_VERSION_HINT = "another version of kubestow wrote it; omit --resume to start over"
_VERSION_HINT = "another version of kubestow wrote it; run 'kubestow simulate --out' again"
_encoder = msgspec.json.Encoder(order="deterministic")
K = TypeVar("K")
T = TypeVar("T")


class _Version(msgspec.Struct):
    version: int


class _Head(msgspec.Struct):
    version: int
    policy: str
    pools: tuple[NodePool, ...]
    base: Snapshot  # without its volume claims, whose keys are pairs
    options: dict[str, Any]
    volume_claims: list[PersistentVolumeClaim] = []


class _Entry(msgspec.Struct, omit_defaults=True):
    at: int
    memory: MemoryRecord
    decision: msgspec.Raw
    templates: list[PodTemplate] = []
    pods: list[tuple[int, Pod]] = []  # the template's number, and the pod without it
    gone: list[str] = []
    nodes: list[Node] = []
    nodes_gone: list[str] = []
    claims: list[NodeClaim] = []
    claims_gone: list[str] = []
    workloads: list[Workload] | None = None
    volume_claims: list[PersistentVolumeClaim] = []
    volumes: list[PersistentVolume] = []
    prices: list[tuple[int, int]] = []  # those that changed, in the encoding of model.spot_prices


class _Reasons(msgspec.Struct):
    kept: tuple[Kept, ...]
    waiting: tuple[Waiting, ...]
    look_again_at: int | None
    bound: int | None


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of a journal; ``options`` are those the policy was made with."""

    policy: str
    pools: tuple[NodePool, ...]
    base: Snapshot
    options: dict[str, Any]

    def eviction_prices(self) -> EvictionPrices:
        """Return what the policy weighed evictions by; raise ValueError for what is no price."""
        written = self.options.get(EVICTION_PRICES, DEFAULT_PRICES)
        return written if written is DEFAULT_PRICES else converted(written, EvictionPrices)


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision, as bytes, and what it was made from."""

    snapshot: Snapshot
    memory: Memory
    decision: bytes


def encoded(decision: Decision) -> bytes:
    """Return a decision as JSON; the type of an action comes first."""
    actions = [[type(action).__name__, action] for action in decision.actions]
    return _encoder.encode([actions, replace(decision, actions=())])


def decoded(content: bytes) -> Decision:
    """Return the decision that ``encoded`` wrote."""
    actions, reasons = _decision.decode(content)
    decoded_actions = tuple(_ACTIONS[kind].decode(action) for kind, action in actions)
    return Decision(
        decoded_actions, reasons.kept, reasons.waiting, reasons.look_again_at, reasons.bound
    )


_decision = decoder(tuple[list[tuple[str, msgspec.Raw]], _Reasons])
_ACTION_KINDS = (Launch, Cordon, Uncordon, Drain, Land, Open, DeletionOrder, Avoid)
_ACTIONS: dict[str, msgspec.json.Decoder[Action]] = {
    kind.__name__: decoder(kind) for kind in _ACTION_KINDS
}


class JournalWriter:
    """A Journal (kubestow.ports) in a file.

    ``previous`` are the lines of a run that is resumed. The same lines must be written first; until
    then they go to a temporary file, and the previous journal is left as it is.
    """

    def __init__(self, path: Path, head: Head, previous: Iterator[bytes] | None = None) -> None:
        self._path, self._previous, self._lines = path, previous, 0
        self._expected = None if previous is None else next(previous, None)
        self._unfinished = None if self._expected is None else path.with_name(f".{path.name}.part")
        self._raw: IO[bytes] = writable(self._unfinished or path).open("wb")
        self._sealer = Sealer()
        self._file = gzip.GzipFile(filename="", mode="wb", fileobj=self._raw, mtime=0)
        self._templates: dict[PodTemplate, int] = {}
        self._pods: dict[str, Pod] = {}
        self._nodes: dict[str, Node] = {}
        self._claims: dict[str, NodeClaim] = {}
        self._workloads: tuple[Workload, ...] = ()
        self._catalog = head.base.catalog
        self._cluster = head.base.cluster
        cluster = replace(head.base.cluster, nodepools=head.pools, claims={})
        base = replace(head.base, cluster=cluster)
        claims = list(head.base.cluster.claims.values())
        self._write(_Head(VERSION, head.policy, head.pools, base, head.options, claims))

    def _write(self, item: object) -> None:
        line = self._sealer.line(_encoder.encode(item))
        if self._expected not in (None, line):
            raise self._difference()
        self._file.write(line)
        self._file.flush()
        self._raw.flush()
        self._lines += 1
        if self._previous is not None:
            self._expected = next(self._previous, None)
        if self._unfinished is not None and self._expected is None:
            self._unfinished.replace(self._path)
            self._unfinished = None

    def _difference(self) -> InputError:
        """Return the error for a journal that this run would not write."""
        self.close()
        if not self._lines:
            what = "was written by another command: its options or input differ"
            return InputError(f"{self._path}: {what}", hint=_OTHER_HINT)
        what = f"decision {self._lines} now differs"
        return InputError(f"{self._path}: {what}", hint=_OTHER_VERSION_HINT)

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        """Write a decision with what it was made from."""
        cluster = snapshot.cluster
        entry = _Entry(snapshot.at, MemoryRecord.of(memory), msgspec.Raw(encoded(decision)))
        pods = {pod.key: pod for pod in cluster.pods}
        changed, entry.gone = _changes(self._pods, pods)
        for pod in changed:
            number = self._templates.get(pod.template)
            if number is None:
                number = self._templates[pod.template] = len(self._templates)
                entry.templates.append(pod.template)
            entry.pods.append((number, replace(pod, template=_NO_TEMPLATE)))
        nodes = {node.name: node for node in cluster.nodes}
        claims = {claim.name: claim for claim in snapshot.nodeclaims}
        entry.nodes, entry.nodes_gone = _changes(self._nodes, nodes)
        entry.claims, entry.claims_gone = _changes(self._claims, claims)
        entry.volume_claims = _different(self._cluster.claims, cluster.claims)
        entry.volumes = _different(self._cluster.volumes, cluster.volumes)
        self._cluster = cluster
        if cluster.workloads != self._workloads:
            entry.workloads = list(cluster.workloads)
        if snapshot.catalog is not self._catalog:
            entry.prices = changed_prices(self._catalog, snapshot.catalog)
        self._catalog = snapshot.catalog
        self._pods, self._nodes, self._claims = pods, nodes, claims
        self._workloads = cluster.workloads
        self._write(entry)

    def close(self) -> None:
        """Close the file; drop one that did not get as far as the previous journal."""
        self._file.close()
        self._raw.close()
        if self._unfinished is not None:
            self._unfinished.unlink(missing_ok=True)


_NO_TEMPLATE = PodTemplate()


def _different(before: Mapping[K, T], after: Mapping[K, T]) -> list[T]:
    """Return what is new or different: nothing goes."""
    if after is before:
        return []
    return [value for key, value in after.items() if before.get(key) != value]


def _changes(before: dict[str, T], after: dict[str, T]) -> tuple[list[T], list[str]]:
    """Return what is new or different, in order, and the names of what is gone.

    In a world's order, what stays keeps its place and what is new comes last. In any other order,
    everything is written again.
    """
    staying = [name for name in before if name in after]
    if list(after)[: len(staying)] != staying:
        return list(after.values()), list(before)
    # By identity: equal pods may differ in their lifecycle, which equality leaves out.
    changed = [value for name, value in after.items() if before.get(name) is not value]
    return changed, [name for name in before if name not in after]


def read_journal(path: Path) -> tuple[Head, Iterator[Entry]]:
    """Read a journal; raise InputError if the file is not one, or of another version."""
    _check_version(path)
    lines = contents(path)
    first = next(lines, None)
    if first is None:
        raise InputError(f"{path}: is not a journal", hint=JOURNAL_HINT)
    with _understood(path, 1):
        head = decoder(_Head).decode(first)
    claims = {(claim.namespace, claim.name): claim for claim in head.volume_claims}
    base = replace(head.base, cluster=replace(head.base.cluster, claims=claims))
    return Head(head.policy, head.pools, base, head.options), _entries(path, base, lines)


def resumed_journal(path: Path, head: Head) -> tuple[JournalWriter, Iterator[RecordedDecision]]:
    """Return a journal that continues the existing one, and the decisions in that one.

    Raise InputError if the file is not a journal, or one of another run or version.
    """
    if not path.exists():
        return JournalWriter(path, head), iter(())
    _check_version(path)
    return JournalWriter(path, head, whole_lines(path)), _recorded(path)


def _check_version(path: Path) -> None:
    """Raise InputError for a journal of another version; one without a whole line has none."""
    version = written_version(path)
    if version not in (None, VERSION):
        what = f"journal version {version} is not supported, only version {VERSION}"
        raise InputError(f"{path}: {what}", hint=_VERSION_HINT)


def _recorded(path: Path) -> Iterator[RecordedDecision]:
    """Yield each decision of a journal, with the memory it was made from."""
    for number, line in enumerate(islice(contents(path), 1, None), 2):
        with _understood(path, number):
            entry = decoder(_Entry).decode(line)
            recorded = RecordedDecision(entry.memory.memory(), decoded(bytes(entry.decision)))
        yield recorded


@contextmanager
def _understood(path: Path, number: int) -> Iterator[None]:
    """Turn what a line cannot mean, although it is sealed, into an InputError."""
    try:
        yield
    except (ValueError, TypeError, LookupError, RecursionError, OverflowError) as problem:
        kind = type(problem).__name__
        raise InputError(
            f"{path}: line {number} does not follow from those before it ({kind})",
            hint=_VERSION_HINT,
        ) from problem


def _entries(path: Path, base: Snapshot, lines: Iterator[bytes]) -> Iterator[Entry]:
    """Yield the entries of the lines behind the first."""
    rebuilt = _rebuilt(base)
    next(rebuilt)
    for number, line in enumerate(lines, 2):
        with _understood(path, number):
            entry = rebuilt.send(line)
        assert entry is not None
        yield entry


def _rebuilt(base: Snapshot) -> Generator[Entry | None, bytes, None]:
    """Yield an entry for each line that is sent, and None before the first."""
    templates: list[PodTemplate] = []
    pods: dict[str, Pod] = {}
    nodes: dict[str, Node] = {}
    claims: dict[str, NodeClaim] = {}
    workloads: tuple[Workload, ...] = ()
    volume_claims, volumes = base.cluster.claims, base.cluster.volumes
    catalog = base.catalog
    interned: dict[Hashable, Any] = {}
    made: Entry | None = None
    while True:
        entry = decoder(_Entry).decode((yield made))
        templates += entry.templates
        new_pods = {}
        for number, pod in entry.pods:
            labels = interned.setdefault(pod.labels, pod.labels)
            new_pods[pod.key] = replace(pod, template=templates[number], labels=labels)
        _update(pods, entry.gone, new_pods)
        _update(nodes, entry.nodes_gone, {node.name: node for node in entry.nodes})
        _update(claims, entry.claims_gone, {claim.name: claim for claim in entry.claims})
        if entry.workloads is not None:
            workloads = tuple(entry.workloads)
        if entry.prices:
            catalog = with_changes(catalog, entry.prices)
        if entry.volume_claims or entry.volumes:
            own = {(claim.namespace, claim.name): claim for claim in entry.volume_claims}
            volume_claims = {**volume_claims, **own}
            volumes = {**volumes, **{volume.name: volume for volume in entry.volumes}}
        cluster = replace(
            base.cluster,
            pods=tuple(pods.values()),
            nodes=tuple(nodes.values()),
            claims=volume_claims,
            volumes=volumes,
            workloads=workloads,
        )
        observed = replace(base, cluster=cluster, catalog=catalog, at=entry.at)
        snapshot = replace(observed, nodeclaims=tuple(claims.values()))
        made = Entry(snapshot, entry.memory.memory(), bytes(entry.decision))


def _update(items: dict[str, T], gone: list[str], new: dict[str, T]) -> None:
    for name in gone:
        del items[name]
    items.update(new)
