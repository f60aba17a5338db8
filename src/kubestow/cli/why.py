"""The why command: why a node or a pod is there, stays or went, told from journals."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from filecmp import cmp
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Output
from kubestow.cli.console import output_screen, planning_progress, progress_line, show, show_json
from kubestow.cli.land import ReachOptions
from kubestow.model.input_error import InputError
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.adapters.journal_file import Entry
    from kubestow.live.live_facts import Reading
    from kubestow.model.decision import Decision
    from kubestow.model.story import LiveFacts, Story
    from kubestow.usecases.why import ToldJournal

why_app = App(
    name="why",
    help="Tell from a controller's journal why a node or a pod is there, stays or went.",
)
_ENDING = "*.journal.gz"
_VERSION_HINT = "read it with the version of kubestow that wrote it"
_POD = "pod"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class JournalOptions:
    """The journals.

    Parameters
    ----------
    journal
        A journal of 'kubestow run --journal' or 'kubestow simulate --out', or the directory that
        has them. May be repeated; they are told in order of time.
    """

    journal: Annotated[list[str] | None, Parameter(negative=())] = None


_REACH_DEFAULTS, _JOURNAL_DEFAULTS = ReachOptions(), JournalOptions()


@why_app.command(name="node")
def why_node_command(
    name: str,
    journals: JournalOptions = _JOURNAL_DEFAULTS,
    *,
    reach: ReachOptions = _REACH_DEFAULTS,
    output: Output = "table",
) -> int:
    """Tell why a node was launched, what became of it, and why it stays or went.

    The journal tells when and for which pods it was launched, at what price, when it was opened,
    and every decision about it with its reason. Why it stays, the policy tells: it decides once
    more on what was seen last. With a cluster, what that says of the Node now is added.

    What a journal has is told also if the cluster cannot be asked: a note says so.

    Exit code 0: told; 1: no journal and no cluster has it, or a journal cannot be read; 3: a bug in
    kubestow, written to a report.

    For example:

    kubestow why node ip-10-0-1-7.ec2.internal --journal journals/

    kubestow why node ip-10-0-1-7.ec2.internal --journal optimal.journal.gz --cluster

    Parameters
    ----------
    name
        The name of the Node, or that of its claim.
    """
    return _why("node", name, journals, reach, output)


@why_app.command(name="pod")
def why_pod_command(
    name: str,
    journals: JournalOptions = _JOURNAL_DEFAULTS,
    *,
    namespace: Annotated[str, Parameter(name=["--namespace", "-n"])] = "default",
    reach: ReachOptions = _REACH_DEFAULTS,
    output: Output = "table",
) -> int:
    """Tell where a pod was, who bound it, why it had to move, and what it waits for.

    A pod that waits is told with the filters of kube-scheduler that refuse it, the node that is
    planned for it, or why none is.

    What a journal has is told also if the cluster cannot be asked: a note says so.

    Exit code 0: told; 1: no journal and no cluster has it, or a journal cannot be read; 3: a bug in
    kubestow, written to a report.

    For example:

    kubestow why pod shop/web-1 --journal journals/

    kubestow why pod web-1 -n shop --journal journals/ --cluster -o json

    Parameters
    ----------
    name
        The pod: namespace/name, or a name in --namespace.
    namespace
        The namespace of a name without one.
    """
    where, slash, own = name.strip().rpartition("/")
    key = f"{where if slash else namespace}/{own}"
    if not own or not (where or not slash) or key.count("/") != 1:
        raise InputError(f"{name!r} is not the name of a pod", hint="write it as namespace/name")
    return _why(_POD, key, journals, reach, output)


def _why(about: str, name: str, options: JournalOptions, reach: ReachOptions, output: str) -> int:
    is_live = bool(reach.cluster or reach.context or reach.kubeconfig)
    if not options.journal and not is_live:
        raise InputError(
            "the option --journal is required",
            hint="pass the directory of 'kubestow run --journal', or --cluster for what a running "
            "cluster says",
        )
    from kubestow.usecases.why import UnknownNameError

    journals, notes = _journals(options.journal or ())
    story, problem = None, None
    with _reached(reach) if is_live else nullcontext() as reached:
        if journals:
            try:
                story = _told(about, name, tuple(journals))
            except UnknownNameError as unknown:
                if reached is None:
                    raise
                problem = unknown  # it may be in the cluster
                notes.append(problem.message)
        live = None
        if reached is not None:
            try:
                live = _live(about, name, story, reached)
            except InputError as silent:
                if story is None:
                    raise _both(problem, silent) from None
                notes.append(f"{silent.message}: nothing of the cluster is told; {silent.hint}")
    if story is None and (live is None or not (live.is_there or live.events)):
        raise problem or InputError(
            f"{live.cluster if live else name}: no {about} {name!r}",
            hint="pass --journal: a journal has those that are gone, too",
        )
    from kubestow.views.why_view import why_view

    view = why_view(story, about, name, [item.source for item in journals], live, tuple(notes))
    if output == "json":
        show_json(encode(view))
        return exit_codes.OK
    from kubestow.report.why_text import render_why

    show(render_why(view, output_screen()))
    return exit_codes.OK


def _both(problem: InputError | None, silent: InputError) -> InputError:
    """Return the error for a name that journals do not have where the cluster cannot be asked."""
    if problem is None:
        return silent
    return InputError(f"{problem.message}; {silent.message}", hint=silent.hint)


def _told(about: str, name: str, journals: tuple["ToldJournal", ...]) -> "Story":
    from kubestow.usecases.why import WhyRequest, why_node, why_pod

    with planning_progress() as reporter:
        request = WhyRequest(name=name, journals=journals)
        return (why_pod if about == _POD else why_node)(request, reporter)


def _journals(given: tuple[str, ...] | list[str]) -> tuple[list["ToldJournal"], list[str]]:
    """Return the journals, each once, and notes of those left out; raise InputError for others."""
    found: dict[Path, ToldJournal] = {}
    notes = []
    for path in _files(given):
        same = next((other for other in found if _is_same(path, other)), None)
        if same is not None:
            notes.append(f"{path} has the same content as {same}: it is told once")
            continue
        found[path] = _journal(path)
    _check_policies(found.values())
    return list(found.values()), notes


def _is_same(path: Path, other: Path) -> bool:
    """Return whether two files are one, or have the same content."""
    try:
        return path.samefile(other) or (
            path.stat().st_size == other.stat().st_size and cmp(path, other, shallow=False)
        )
    except OSError:
        return False  # reading it tells why


def _journal(path: Path) -> "ToldJournal":
    """Return a journal; raise InputError for what is none."""
    from kubestow.adapters.journal_file import read_journal
    from kubestow.usecases.replay import NAMES
    from kubestow.usecases.why import ToldJournal

    head, _ = read_journal(path)
    if head.policy not in NAMES:
        raise InputError(
            f"{path}: kubestow has no policy {head.policy!r}",
            hint=f"kubestow has: {', '.join(NAMES)}",
        )
    try:
        prices = head.eviction_prices()
    except ValueError:
        raise InputError(
            f"{path}: is of a run with options that kubestow does not have", hint=_VERSION_HINT
        ) from None
    return ToldJournal(
        source=str(path),
        policy=head.policy,
        pools=head.pools,
        entries=partial(_entries, path),
        decoded=partial(_decoded, path),
        eviction_prices=prices,
        begins_at=head.base.at,
    )


def _check_policies(journals: Iterable["ToldJournal"]) -> None:
    """Raise InputError where journals are not of one policy."""
    policies = sorted({journal.policy for journal in journals})
    if len(policies) > 1:
        raise InputError(
            f"--journal: these are journals of several policies: {', '.join(policies)}",
            hint="pass those of one policy, each file with its own --journal",
        )


def _decoded(path: Path, content: bytes) -> "Decision":
    """Return the decision of an entry; raise InputError for what is none."""
    from kubestow.adapters.journal_file import decoded

    try:
        return decoded(content)
    except (ValueError, LookupError, RecursionError):
        raise InputError(
            f"{path}: a decision is not one of this version", hint=_VERSION_HINT
        ) from None


def _entries(path: Path) -> Iterator["Entry"]:
    from kubestow.adapters.journal_file import read_journal

    return read_journal(path)[1]


def _files(given: tuple[str, ...] | list[str]) -> Iterator[Path]:
    for text in given:
        path = Path(text)
        if not path.is_dir():
            yield path
            continue
        inside = sorted(path.glob(_ENDING))
        if not inside:
            raise InputError(
                f"{path}: no journal in this directory", hint=f"they are called {_ENDING}"
            )
        yield from inside


@dataclass(frozen=True, slots=True)
class _Reached:
    """A cluster: its context's name, how to read of it, and what failed so far."""

    cluster: str
    read: "Reading"
    told: list[str]
    kubectl: str


def _live(about: str, name: str, story: "Story | None", reached: _Reached) -> "LiveFacts":
    """Return what the cluster says; raise InputError where it cannot be asked."""
    from kubestow.adapters.kubernetes_api.api_hand import Answer
    from kubestow.live.live_facts import live_node, live_pod

    with progress_line() as reporter:
        reporter.progress(f"asking {reached.cluster}", 0, 0)
        if about == _POD:
            live, answer = live_pod(reached.read, reached.cluster, name)
        else:
            own = name if story is None else story.node_names.get(story.name, name)
            live, answer = live_node(reached.read, reached.cluster, own)
    if answer in (Answer.FAILED, Answer.FORBIDDEN):
        said = reached.told[0] if reached.told else "cannot be asked"
        right = "it takes the right to list nodes, pods and events"
        asks = f"'{reached.kubectl} get nodes' asks the same server"
        raise InputError(
            f"{reached.cluster}: {said}",
            hint=f"{right}; {asks}" if answer is Answer.FORBIDDEN else asks,
        )
    return live


@contextmanager
def _reached(reach: ReachOptions) -> Iterator[_Reached]:
    """Yield the cluster, which is not asked yet; raise InputError for a context that is none."""
    from kubestow.adapters.kubernetes_api.api_hand import ApiHand
    from kubestow.adapters.kubernetes_api.connection import connected

    connection = connected(reach.context, reach.kubeconfig)
    told: list[str] = []
    hand = ApiHand(connection, tell=told.append)
    file = f" --kubeconfig {reach.kubeconfig}" if reach.kubeconfig else ""
    kubectl = f"kubectl{file} --context {connection.name}"
    try:
        yield _Reached(connection.name, hand.read, told, kubectl)
    finally:
        hand.close()
