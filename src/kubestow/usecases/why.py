"""Why: what became of a node or a pod, told from journals, and why it is as it is.

Journals are read once, turn by turn; nothing is kept but what is told.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from kubestow.model.decision import Decision
from kubestow.model.eviction_prices import DEFAULT_PRICES, EvictionPrices
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import NodePool
from kubestow.model.reporter import Reporter
from kubestow.model.story import Story
from kubestow.model.suggestion import did_you_mean
from kubestow.policies.policy import Policy
from kubestow.policies.registry import made
from kubestow.usecases.node_history import NodeHistories, ToldTurn, node_name_of
from kubestow.usecases.one_cluster import OneCluster
from kubestow.usecases.pod_history import PodHistory
from kubestow.usecases.replay import JournalEntry
from kubestow.usecases.why_now import node_now, pod_now

_NAMED_MOST = 3


class UnknownNameError(InputError):
    """No journal has a node or a pod of the name that was asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldJournal:
    """A journal: where it is from, the policy that decided, and how to read its entries.

    ``entries`` reads the journal from its beginning; ``decoded`` returns the decision of an entry.
    ``begins_at`` is no later than its first entry.
    """

    source: str
    policy: str
    pools: tuple[NodePool, ...]
    entries: Callable[[], Iterable[JournalEntry]]
    decoded: Callable[[bytes], Decision]
    eviction_prices: EvictionPrices = DEFAULT_PRICES
    begins_at: int = 0

    def made(self) -> Policy:
        """Return its policy."""
        return made(self.policy, self.pools, self.eviction_prices)

    def turns(self) -> Iterator[ToldTurn]:
        """Yield its turns."""
        for entry in self.entries():
            yield ToldTurn(entry.snapshot, entry.memory, self.decoded(entry.decision))


@dataclass(frozen=True, kw_only=True, slots=True)
class WhyRequest:
    """The node asked about, by its claim's or its own name, or the pod, by its namespace/name.

    ``journals`` may overlap in time, as those of two controllers that took turns do.
    """

    name: str
    journals: tuple[ToldJournal, ...]


@dataclass(slots=True)
class _Read:
    """What the journals cover so far, and the last turn with the journal that it is of."""

    since: int | None = None
    until: int = 0
    decisions: int = 0
    turn: ToldTurn | None = None
    journal: ToldJournal | None = None
    cluster: OneCluster = field(default_factory=OneCluster)


def _merged(journals: Iterable[ToldJournal]) -> Iterator[tuple[ToldTurn, ToldJournal]]:
    """Yield the turns of all journals in order of time; one is opened when its time has come."""
    closed = deque(sorted(journals, key=lambda journal: journal.begins_at))
    opened: list[tuple[int, int, ToldTurn, Iterator[ToldTurn], ToldJournal]] = []
    number = 0
    while closed or opened:
        while closed and (not opened or closed[0].begins_at <= opened[0][0]):
            journal = closed.popleft()
            turns = journal.turns()
            first = next(turns, None)
            if first is not None:
                heapq.heappush(opened, (first.at, number, first, turns, journal))
                number += 1
        if not opened:
            continue
        _, order, turn, turns, journal = heapq.heappop(opened)
        yield turn, journal
        following = next(turns, None)
        if following is not None:
            heapq.heappush(opened, (following.at, order, following, turns, journal))


def _turns(request: WhyRequest, read: _Read, reporter: Reporter) -> Iterator[ToldTurn]:
    """Yield all turns, and note how far they go."""
    for turn, journal in _merged(request.journals):
        if read.decisions % 50 == 0:
            reporter.progress(f"reading {journal.source}: {read.decisions} decisions", 0, 0)
        read.since = turn.at if read.since is None else read.since
        read.until, read.turn, read.journal = turn.at, turn, journal
        read.decisions += 1
        read.cluster.turn(journal.source, turn.snapshot)
        yield turn


def why_node(request: WhyRequest, reporter: Reporter) -> Story:
    """Return what became of a node; raise InputError where no journal has it."""
    histories, read = NodeHistories(request.name), _Read()
    for turn in _turns(request, read, reporter):
        histories.turn(turn)
    if not histories.found:
        known = {*histories.names, *histories.names.values()}
        raise _unknown("node", request, known, histories.names.values())
    history = histories.found[-1]
    present = None
    if not history.is_gone and read.turn is not None and read.journal is not None:
        present = node_now(history.name, read.turn, read.journal.made(), reporter)
    return Story(
        name=history.name,
        occurrences=history.story(),
        since=read.since or 0,
        until=read.until,
        decisions=read.decisions,
        offer=history.offer,
        present=present,
        node_names=_different(histories.names),
        earlier=tuple(item.name for item in histories.found[:-1]),
        notes=tuple(read.cluster.notes),
    )


def why_pod(request: WhyRequest, reporter: Reporter) -> Story:
    """Return what became of a pod; raise InputError where no journal has it."""
    history, read = PodHistory(request.name), _Read()
    for turn in _turns(request, read, reporter):
        history.turn(turn)
    if not history.occurrences:
        pods = {
            pod.key
            for turn in _turns(request, _Read(), reporter)
            for pod in turn.snapshot.cluster.pods
        }
        namespace = request.name.partition("/")[0]
        near = {key for key in pods if key.startswith(f"{namespace}/")}
        raise _unknown("pod", request, pods, near or pods)
    names, present = dict(history.names), None
    if read.turn is not None:
        present = pod_now(request.name, read.turn)
        names |= {node.name: node_name_of(node) for node in read.turn.snapshot.cluster.nodes}
    return Story(
        name=request.name,
        occurrences=tuple(history.occurrences),
        since=read.since or 0,
        until=read.until,
        decisions=read.decisions,
        present=present,
        node_names=_different(names),
        notes=tuple(read.cluster.notes),
    )


def _different(names: dict[str, str]) -> dict[str, str]:
    return {claim: node for claim, node in names.items() if claim != node}


def _near(name: str, known: set[str]) -> str:
    """Return the nearest names: those that go on after it, its own elsewhere, or a similar one."""
    own = name.rpartition("/")[2]
    longer = sorted(item for item in known if item.startswith(f"{name}-"))
    elsewhere = sorted(item for item in known if "/" in item and item.endswith(f"/{own}"))
    rest = sorted(item for item in known if "/" in item and f"/{own}-" in item)
    found = longer or elsewhere or rest
    return f"did you mean {found[0]!r}?" if found else did_you_mean(name, known)


def _unknown(
    kind: str, request: WhyRequest, known: set[str], shown: Iterable[str]
) -> UnknownNameError:
    """Return the error for a name that is not ``known``; some of those ``shown`` are told."""
    sources = ", ".join(journal.source for journal in request.journals)
    some = ", ".join(sorted(set(shown))[:_NAMED_MOST])
    hint = _near(request.name, known) or (
        f"among the {kind}s are: {some}" if some else "there is no decision in it yet"
    )
    return UnknownNameError(f"{sources}: no {kind} {request.name!r}", hint=hint)
