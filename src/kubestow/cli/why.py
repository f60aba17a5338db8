"""The why command: why a node or a pod is there, stays or went, told from journals."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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

    journals = tuple(_journals(options.journal or ()))
    story, problem = None, None
    if journals:
        try:
            story = _told(about, name, journals)
        except UnknownNameError as unknown:
            if not is_live:
                raise
            problem = unknown  # it may be in the cluster
    live = _live(about, name, story, reach) if is_live else None
    if story is None and (live is None or not (live.is_there or live.events)):
        raise problem or InputError(
            f"{live.cluster if live else name}: no {about} {name!r}",
            hint="pass --journal: a journal has those that are gone, too",
        )
    from kubestow.views.why_view import why_view

    notes = (f"{problem.message}",) if problem is not None else ()
    view = why_view(story, about, name, [item.source for item in journals], live, notes)
    if output == "json":
        show_json(encode(view))
        return exit_codes.OK
    from kubestow.report.why_text import render_why

    show(render_why(view, output_screen()))
    return exit_codes.OK


def _told(about: str, name: str, journals: tuple["ToldJournal", ...]) -> "Story":
    from kubestow.usecases.why import WhyRequest, why_node, why_pod

    with planning_progress() as reporter:
        request = WhyRequest(name=name, journals=journals)
        return (why_pod if about == _POD else why_node)(request, reporter)


def _journals(given: tuple[str, ...] | list[str]) -> list["ToldJournal"]:
    """Return the journals; raise InputError for what is none."""
    from kubestow.adapters.journal_file import read_journal
    from kubestow.usecases.replay import NAMES
    from kubestow.usecases.why import ToldJournal

    found = []
    for path in _files(given):
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
                f"{path}: is of a run with options that kubestow does not have",
                hint=_VERSION_HINT,
            ) from None
        journal = ToldJournal(
            source=str(path),
            policy=head.policy,
            pools=head.pools,
            entries=partial(_entries, path),
            decoded=partial(_decoded, path),
            eviction_prices=prices,
            begins_at=head.base.at,
        )
        found.append(journal)
    policies = sorted({journal.policy for journal in found})
    if len(policies) > 1:
        raise InputError(
            f"--journal: these are journals of several policies: {', '.join(policies)}",
            hint="pass those of one policy, each file with its own --journal",
        )
    return found


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


def _live(about: str, name: str, story: "Story | None", reach: ReachOptions) -> "LiveFacts":
    """Return what the cluster says; raise InputError where it cannot be asked."""
    from kubestow.adapters.kubernetes_api.api_hand import Answer
    from kubestow.live.live_facts import live_node, live_pod

    told: list[str] = []
    with _reading(reach, told) as (read, cluster):
        if about == _POD:
            live, answer = live_pod(read, cluster, name)
        else:
            own = name if story is None else story.node_names.get(story.name, name)
            live, answer = live_node(read, cluster, own)
    if answer in (Answer.FAILED, Answer.FORBIDDEN):
        raise InputError(
            f"{cluster}: {told[0] if told else 'cannot be asked'}",
            hint="it takes the right to list nodes, pods and events; "
            f"'kubectl --context {cluster} get nodes' asks the same server",
        )
    return live


@contextmanager
def _reading(reach: ReachOptions, told: list[str]) -> Iterator[tuple["Reading", str]]:
    from kubestow.adapters.kubernetes_api.api_hand import ApiHand
    from kubestow.adapters.kubernetes_api.connection import connected

    connection = connected(reach.context, reach.kubeconfig)
    hand = ApiHand(connection, tell=told.append)
    try:
        with progress_line() as reporter:
            reporter.progress(f"asking {connection.name}", 0, 0)
            yield hand.read, connection.name
    finally:
        hand.close()
