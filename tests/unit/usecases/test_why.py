"""Why: journals of whole runs, several of them, and names that none has."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from kubestow.adapters.journal_file import decoded, encoded
from kubestow.model.decision import DRIFTED, Decision
from kubestow.model.memory import Memory
from kubestow.model.reporter import SilentReporter
from kubestow.model.simulated import TracePod
from kubestow.model.snapshot import Snapshot
from kubestow.model.story import Happened, NodePresent, PodPresent, Story
from kubestow.policies.optimal import Optimal
from kubestow.simulation.run import simulate
from kubestow.simulation.workloads import from_trace
from kubestow.testing import nodeclaim, nodepool, observed, pod, snapshot
from kubestow.usecases.replay import JournalEntry
from kubestow.usecases.why import (
    ToldJournal,
    UnknownNameError,
    WhyRequest,
    why_node,
    why_pod,
)

POOL = nodepool()


class Entry:
    def __init__(self, seen: Snapshot, memory: Memory, decision: Decision) -> None:
        self.snapshot, self.memory, self.decision = seen, memory, encoded(decision)


class InMemory:
    """A Journal whose entries are read again."""

    def __init__(self) -> None:
        self.items: list[JournalEntry] = []
        self.readings = 0

    def record(self, seen: Snapshot, memory: Memory, decision: Decision) -> None:
        self.items.append(Entry(seen, memory, decision))

    def entries(self) -> Iterator[JournalEntry]:
        self.readings += 1
        yield from self.items

    def told(self, source: str = "a.gz") -> ToldJournal:
        return ToldJournal(
            source=source, policy="optimal", pools=(POOL,), entries=self.entries, decoded=decoded
        )


@pytest.fixture(scope="module")
def run() -> InMemory:
    """Return the journal of one pod that runs for 300 s on a node of its own."""
    journal = InMemory()
    scenario = from_trace(snapshot(nodepools=(POOL,)), [TracePod(0, 300, 1000, 2048)], seconds=900)
    simulate(scenario, Optimal((POOL,)), journal)
    return journal


def request(name: str, *journals: ToldJournal) -> WhyRequest:
    return WhyRequest(name=name, journals=journals)


def names(journal: InMemory) -> tuple[str, str]:
    """Return the first node and the first pod of a journal."""
    claims = (claim.name for item in journal.items for claim in item.snapshot.nodeclaims)
    pods = (item.key for entry in journal.items for item in entry.snapshot.cluster.pods)
    return next(claims), next(pods)


def what(story: Story) -> list[Happened]:
    return [item.what for item in story.occurrences]


def test_a_node_and_its_pod_are_told_in_one_reading(run: InMemory) -> None:
    node, key = names(run)
    run.readings = 0
    of_node = why_node(request(node, run.told()), SilentReporter())
    of_pod = why_pod(request(key, run.told()), SilentReporter())
    assert run.readings == 2
    assert what(of_node)[0] is Happened.LAUNCH_DECIDED
    assert what(of_node)[-1] is Happened.ENDED
    assert of_node.present is None
    assert of_node.occurrences[0].pods == (key,)
    assert what(of_pod) == [
        Happened.CREATED,
        Happened.PLANNED,
        Happened.LANDED,
        Happened.GONE,
    ]
    assert (of_node.decisions, of_pod.decisions) == (len(run.items), len(run.items))


def test_journals_are_told_one_after_the_other(run: InMemory) -> None:
    first, second = InMemory(), InMemory()
    first.items, second.items = run.items[:3], run.items[3:]
    node, _ = names(run)
    whole = why_node(request(node, run.told()), SilentReporter())
    parts = why_node(request(node, first.told(), second.told("b.gz")), SilentReporter())
    assert parts == whole


def test_journals_of_controllers_that_took_turns_are_one_story(run: InMemory) -> None:
    parts = InMemory(), InMemory()
    for number, item in enumerate(run.items):
        parts[number % 2].items.append(item)
    told = [
        replace(part.told(f"{number}.gz"), begins_at=part.items[0].snapshot.at)
        for number, part in enumerate(parts)
    ]
    node, _ = names(run)
    whole = why_node(request(node, run.told()), SilentReporter())
    assert why_node(request(node, *reversed(told)), SilentReporter()) == whole


def test_what_is_there_at_the_last_entry_has_a_present(run: InMemory) -> None:
    node, key = names(run)
    cut = InMemory()
    cut.items = [item for item in run.items if any(
        pod.node_name for pod in item.snapshot.cluster.pods
    ) or not item.snapshot.cluster.nodes][:-1]  # fmt: skip
    while cut.items and not any(p.node_name for p in cut.items[-1].snapshot.cluster.pods):
        cut.items.pop()
    of_node = why_node(request(node, cut.told()), SilentReporter()).present
    of_pod = why_pod(request(key, cut.told()), SilentReporter()).present
    assert isinstance(of_node, NodePresent)
    assert of_node.pods == 1
    assert isinstance(of_pod, PodPresent)
    assert of_pod.node == node


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("default/web-0", "did you mean 'shop/web-0'?"),
        ("shop/web", "did you mean 'shop/web-0'?"),
        ("shop/wbe-0", "did you mean 'shop/web-0'?"),
        ("shop/queue", "among the pods are: shop/db, shop/web-0"),
    ],
)
def test_a_pod_that_no_journal_has_is_an_error_with_a_name_that_is_near(
    name: str, hint: str
) -> None:
    journal = recorded([pod("web-0", namespace="shop"), pod("db", namespace="shop")])
    with pytest.raises(UnknownNameError) as found:
        why_pod(request(name, journal.told("x.gz")), SilentReporter())
    assert found.value.message == f"x.gz: no pod {name!r}"
    assert found.value.hint == hint


def test_a_node_that_no_journal_has_is_an_error_and_so_is_one_of_an_empty_journal() -> None:
    journal, empty = recorded([]), InMemory()
    with pytest.raises(UnknownNameError) as found:
        why_node(request("pool-2", journal.told()), SilentReporter())
    assert found.value.hint == "did you mean 'pool-1'?"
    with pytest.raises(UnknownNameError) as found:
        why_node(request("pool-2", empty.told()), SilentReporter())
    assert found.value.hint == "there is no decision in it yet"


def recorded(pods: Iterable[object]) -> InMemory:
    journal = InMemory()
    seen = observed([nodeclaim("pool-1", ready_at=0)], pods, at=9, nodepools=(POOL,))  # type: ignore[arg-type] # pods
    journal.record(seen, Memory(), Decision())
    return journal


def test_drift_of_a_node_is_told_with_what_drifted() -> None:
    """The policy itself decides, so that the detail is that of its decision."""
    pool = replace(POOL, labels=(("team", "b"),))
    policy = Optimal((pool,))
    claim = nodeclaim("pool-1", ready_at=0, labels={"team": "a"})
    journal = InMemory()
    seen = observed(
        [claim], [replace(pod("web"), node_name="pool-1")], at=100_000, nodepools=(pool,)
    )
    owner = replace(seen.cluster.pods[0].lifecycle, owner=("Deployment", "web"))
    held = replace(seen.cluster.pods[0], lifecycle=owner)
    seen = replace(seen, cluster=replace(seen.cluster, pods=(held,)))
    decision, _ = policy.decide(seen, Memory(), SilentReporter())
    journal.record(seen, Memory(), decision)
    story = why_node(request("pool-1", journal.told()), SilentReporter())
    assert (story.occurrences[-1].reason, story.occurrences[-1].subject) == (
        DRIFTED,
        "label team=b",
    )
