"""The advise command: what a running cluster could cost, why, and what to do first."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, MoneyOptions, choice
from kubestow.cli.console import (
    output_screen,
    planning_progress,
    say_notes,
    show,
    show_document,
    show_json,
)
from kubestow.cli.live_input import NOTHING_BESIDE, LiveOptions, opened_observer
from kubestow.cli.planning_options import PlanningOptions
from kubestow.cli.reading import NO_INPUT, InputOptions
from kubestow.cli.simulation_options import policies_of
from kubestow.model.input_error import InputError
from kubestow.views.settings import Settings
from kubestow.views.view import compact, encode

if TYPE_CHECKING:
    from kubestow.live.observers import Observer
    from kubestow.model.advice import Advice
    from kubestow.ports import Journal

AdviceOutput = Annotated[
    Literal["table", "json", "jsonl", "html"], Parameter(name=["--output", "-o"], converter=choice)
]
_MONEY_DEFAULTS, _PLANNING_DEFAULTS = MoneyOptions(), PlanningOptions()
_LEAST_EVERY = 10  # seconds


def advise_command(
    source: InputOptions = NO_INPUT,
    *,
    policy: str = "optimal",
    watch: Flag = False,
    every: int = 60,
    settled: Flag = False,
    journal: str | None = None,
    live: LiveOptions = NOTHING_BESIDE,
    planning: PlanningOptions = _PLANNING_DEFAULTS,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: AdviceOutput = "table",
) -> int:
    """Say what a running cluster could cost, where the difference is, and what to do first.

    What runs is compared with the proven minimum and with the cheapest plan for the same pods; the
    difference is split by its causes. Then autoscalers look at the cluster, and what they would do
    next is told, with the reason why each other node stays; with --settled also where they would
    come to rest. Nothing is changed.

    Exit code 0: done; 1: the input is wrong; 3: a bug in kubestow, written to a report.

    For example:

    kubestow advise --cluster

    kubestow advise --context seoul --currency KRW --rate 1391.5 --policy optimal,karpenter

    kubestow advise --cluster --policy optimal,cluster-autoscaler --settled

    kubestow advise -f cluster.json --region ap-northeast-2 -o json

    kubestow advise --cluster --watch --every 300 -o jsonl --journal advice

    Parameters
    ----------
    policy
        Whose next decision is told: optimal, karpenter, cluster-autoscaler, or several of them,
        with commas between.
    watch
        Go on: a new advice each time that the cluster has changed, until Ctrl-C.
    every
        The least number of seconds from one advice to the next.
    settled
        Leave each policy alone with a simulated copy of the cluster until it rests, and tell what
        is left, after how many minutes and evictions.
    journal
        A directory for a journal of the decisions of each policy (POLICY.journal.gz), which
        'kubestow replay' reads.
    output
        Print a table, the JSON of docs/schema, the same JSON in one line for each advice, or a
        self-contained HTML page.
    """
    policies = tuple(policies_of(policy))
    settings = planning.settings(money)
    if every < _LEAST_EVERY:
        raise InputError(f"--every {every} is too often", hint=f"use {_LEAST_EVERY} or more")
    with opened_observer(source, planning.networking, live) as observer, ExitStack() as stack:
        journals = _Journals(journal, policies, stack)
        while True:
            changes = observer.changes()
            advice = _advise(observer, policies, planning.seed, journals, settled=settled)
            _show(advice, settings, output)
            if not watch:
                return exit_codes.OK
            _wait(observer, changes, every)


def _advise(
    observer: "Observer",
    policies: tuple[str, ...],
    seed: int,
    journals: "_Journals",
    *,
    settled: bool,
) -> "Advice":
    from kubestow.usecases.advise import AdviseRequest, advise  # only now the solver is needed

    observed = observer.observe()
    say_notes(observed.notes)
    request = AdviseRequest(observed=observed, policies=policies, settles=settled, seed=seed)
    with planning_progress() as reporter:
        return advise(request, reporter, journals.of)


def _wait(observer: "Observer", changes: int, seconds: int) -> None:
    """Wait for so long, and then for a change since the last observation."""
    import time

    time.sleep(seconds)
    while observer.wait_for_change(changes, seconds) == changes:
        pass


def _show(advice: "Advice", settings: Settings, output: str) -> None:
    from kubestow.views.advice_view import advice_view

    view = advice_view(advice, settings)
    if output == "json":
        show_json(encode(view))
    elif output == "jsonl":
        show_json(compact(view).decode() + "\n")
    elif output == "html":
        from kubestow.report.html.advice_page import render_advice_page

        show_document(render_advice_page(view))
    else:
        from kubestow.report.advice_text import render_advice

        show(render_advice(view, output_screen()))


class _Journals:
    """Makes the journal of a policy when its first decision is to be recorded."""

    def __init__(self, folder: str | None, policies: tuple[str, ...], stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        if folder is not None:
            Path(folder).mkdir(parents=True, exist_ok=True)
        self.of: dict[str, Journal] = {}
        if folder is not None:
            from kubestow.live.journals import FirstSnapshotJournal

            for name in policies:
                made = FirstSnapshotJournal(Path(folder), name)
                stack.callback(made.close)
                self.of[name] = made
