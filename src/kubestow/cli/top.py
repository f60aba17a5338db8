"""The top command: a running cluster in a terminal, or as one table."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, MoneyOptions, Output, choice
from kubestow.cli.console import (
    can_write_blocks,
    output_screen,
    progress_line,
    say,
    say_notes,
    show,
    show_json,
    why_no_keys,
)
from kubestow.cli.live_input import opened_observer
from kubestow.cli.planning_options import PlanningOptions
from kubestow.cli.reading import NO_INPUT, InputOptions
from kubestow.cli.simulation_options import policies_of
from kubestow.model.input_error import InputError
from kubestow.views.node_arrangement import Arrangement, GroupBy, SortBy, in_namespaces
from kubestow.views.settings import Settings
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.live.lookout import Advisor
    from kubestow.live.observers import Observer
    from kubestow.views.cluster_view import ClusterView

Grouping = Annotated[GroupBy, Parameter(converter=choice)]
Sorting = Annotated[SortBy, Parameter(converter=choice)]
_MONEY_DEFAULTS, _PLANNING_DEFAULTS = MoneyOptions(), PlanningOptions()
_LEAST_EVERY = 10  # seconds


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class TopOptions:
    """What is shown.

    Parameters
    ----------
    group_by
        What nodes are grouped by, with subtotals: pool (NodePool or node group), zone, type or
        none.
    sort
        The order inside a group: price, cpu, memory, pods (the highest first), age (the oldest
        first) or name.
    filter
        Only nodes with this text in their name, type, zone, capacity type, node group or status,
        or in the name of a pod on them.
    only_namespace
        Only pods of this namespace; what is requested of nodes stays that of all pods. May be
        repeated.
    advice
        Work out the proven minimum and advice, which takes up to a quarter of a core. The default
        is to do so in the live view, and not to with --once.
    advice_every
        The least number of seconds from one advice to the next.
    policy
        Whose next decisions are told: optimal, karpenter, cluster-autoscaler, or several of them.
    once
        Print one table and end.
    output
        Print a table, or the JSON of docs/schema once.
    """

    group_by: Grouping = "pool"
    sort: Sorting = "price"
    filter: str = ""
    only_namespace: Annotated[list[str] | None, Parameter(negative=())] = None
    advice: bool | None = None
    advice_every: int = 60
    policy: str = "optimal"
    once: Flag = False
    output: Output = "table"

    def check(self) -> None:
        """Raise InputError for values out of range."""
        if self.advice_every < _LEAST_EVERY:
            raise InputError(
                f"--advice-every {self.advice_every} is too often",
                hint=f"use {_LEAST_EVERY} or more",
            )

    @property
    def arrangement(self) -> Arrangement:
        """How nodes are arranged."""
        return Arrangement(self.group_by, self.sort, text=self.filter.strip())

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces of the pods that are shown; none for all."""
        return tuple(self.only_namespace or ())


_TOP_DEFAULTS = TopOptions()


def top_command(
    source: InputOptions = NO_INPUT,
    *,
    options: TopOptions = _TOP_DEFAULTS,
    planning: PlanningOptions = _PLANNING_DEFAULTS,
    money: MoneyOptions = _MONEY_DEFAULTS,
) -> int:
    """Show a running cluster in the terminal: its nodes and pods, what they cost and could cost.

    It is read only: it asks the API server for lists and watches, and changes nothing. Keys move,
    open nodes and pods, sort, group and filter; ? lists them, q quits. Where standard output is no
    terminal, or with --once, it prints one table and ends.

    For example:

    kubestow top --cluster

    kubestow top --context seoul --group-by zone --sort cpu --currency KRW --rate 1391.5

    kubestow top -f cluster.json --region ap-northeast-2 --once

    kubestow top --cluster --only-namespace shop -o json
    """
    policies = tuple(policies_of(options.policy))
    options.check()
    settings = planning.settings(money)
    is_once = options.once or options.output == "json"
    why_not = "" if is_once else why_no_keys()
    if not (is_once or why_not):
        _check_textual()
    with opened_observer(source, planning.networking) as observer:
        from kubestow.live.lookout import advisor_of

        with_advice = not (is_once or why_not) if options.advice is None else options.advice
        advisor = advisor_of(policies, settings, planning.seed) if with_advice else None
        if not (is_once or why_not):
            _watch(observer, settings, advisor, options)
            return exit_codes.OK
        _print(_view_now(observer, settings, advisor), options)
    if why_not.startswith("TERM"):
        say(f"note: {why_not}, so this is what --once prints")
        say("hint: set TERM to what the terminal is, such as xterm-256color")
    return exit_codes.OK


def _check_textual() -> None:
    """Raise InputError where Textual is not installed."""
    from importlib.util import find_spec

    if find_spec("textual") is None:
        raise InputError(
            "the terminal view needs Textual, which is not installed",
            hint="pip install 'kubestow[terminal]', or use --once",
        )


def _view_now(observer: "Observer", settings: Settings, advisor: "Advisor | None") -> "ClusterView":
    """Return the cluster as it is now, with the minimum if it is asked for."""
    from kubestow.live.lookout import Stopper
    from kubestow.usecases.survey import survey
    from kubestow.views.cluster_view import cluster_view

    observed = observer.observe()
    say_notes(observed.notes)
    minimum = None
    if advisor is not None:
        with progress_line() as reporter:
            reporter.progress("working out the minimum", 0, 0)
            minimum = advisor(observed, Stopper(threading.Event())).minimum
    return cluster_view(survey(observed), settings, minimum)


def _print(view: "ClusterView", options: TopOptions) -> None:
    shown = in_namespaces(view, options.namespaces)
    if options.output == "json":
        show_json(encode(shown))
        return
    from kubestow.report.cluster_text import render_cluster

    show(render_cluster(shown, options.arrangement, output_screen(), options.namespaces))


def _watch(
    observer: "Observer", settings: Settings, advisor: "Advisor | None", options: TopOptions
) -> None:
    """Show the cluster until it is enough."""
    from kubestow.live.explainer import explainer
    from kubestow.live.lookout import Lookout
    from kubestow.terminal.app import TopApp
    from kubestow.terminal.top_state import TopState

    lookout = Lookout(observer, settings, advisor, advice_every=options.advice_every)
    state = TopState(
        lookout,
        explainer(settings),
        options.arrangement,
        options.namespaces,
        hours_per_month=settings.hours_per_month,
        with_advice=advisor is not None,
        ascii_only=not can_write_blocks(),
    )
    app = TopApp(state)
    lookout.start()
    try:
        app.run()
    finally:
        lookout.stop()
    if app.fault is not None:
        raise app.fault
