"""The land command: binds a plan's pods to the nodes that were launched for it, and opens them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cyclopts import Parameter

from kubestow.adapters.plan_file import read_plan
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, Output
from kubestow.cli.console import output_screen, progress_line, say, show, show_json
from kubestow.cli.live_input import WatchedCluster, watched_cluster
from kubestow.cli.reading import InputOptions
from kubestow.model.counted import agreeing, counted
from kubestow.model.handed_plan import HandedPlan
from kubestow.model.input_error import InputError
from kubestow.model.landing_report import LandingReport
from kubestow.model.nodepool import WantedNetworking

if TYPE_CHECKING:
    from kubestow.adapters.kubernetes_api.api_hand import ApiHand
    from kubestow.live.hand_landing import Lander, LandingSight

_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class ReachOptions:
    """The cluster.

    Parameters
    ----------
    cluster
        That of the kubeconfig's current context.
    context
        That of this context of the kubeconfig.
    kubeconfig
        The kubeconfig to take the context from. The default is KUBECONFIG, ~/.kube/config, or the
        service account of the pod that this runs in.
    """

    cluster: Flag = False
    context: str | None = None
    kubeconfig: str | None = None


_REACH_DEFAULTS = ReachOptions()


def land_command(
    plan: str,
    reach: ReachOptions = _REACH_DEFAULTS,
    *,
    timeout: str = "15m",
    dry_run: Flag = False,
    output: Output = "table",
) -> int:
    """Land the pods of a plan on the nodes that were launched for it, once.

    The nodes are those of 'kubestow plan --emit ... --held': no pod starts on them. Each is
    cordoned in place of the taint that holds it, so that the pods of DaemonSets come; when it is
    Ready, the pods that are planned on it are bound to it, as far as all filters of kube-scheduler
    let them; then it is opened. Nodes and pods may come while this runs.

    Ctrl-C leaves nodes held: the same command goes on from there, also after it was killed.

    Exit code 0: every planned pod runs somewhere; 2: some are Pending or have not come; 1: the
    input is wrong; 3: a bug in kubestow, written to a report; 130: Ctrl-C.

    For example:

    kubestow plan -f k8s/ --region ap-northeast-2 --emit eksctl --cluster-name shop --held
    --emit-to handover -o json > plan.json

    eksctl create nodegroup --config-file handover/eksctl.yaml && kubectl apply -f k8s/

    kubestow land plan.json --cluster

    kubestow land plan.json --context shop --dry-run

    Parameters
    ----------
    plan
        What 'kubestow plan -o json' wrote.
    timeout
        How long to wait for nodes and pods, such as 90s, 15m or 1h30m. What is held then is opened.
    dry_run
        Change nothing: tell which nodes are there, and which pods would be bound to them.
    """
    seconds = _seconds(timeout)
    if not (reach.cluster or reach.context or reach.kubeconfig):
        raise InputError(
            "a landing needs a running cluster",
            hint="use --cluster for that of the current context, or --context NAME",
        )
    handed = read_plan(plan)
    if not handed.nodes:
        raise InputError(
            f"{plan}: nodes: the plan launches none", hint="there is nothing to land on"
        )
    source = InputOptions(
        cluster=reach.cluster,
        context=reach.context,
        kubeconfig=reach.kubeconfig,
        region=handed.region,
    )
    with watched_cluster(source, WantedNetworking()) as watched:
        if not dry_run:
            _check_alone(watched)
        with _changing(source) as hand:
            report = _landed(handed, watched, hand, None if dry_run else seconds)
    _write(report, output)
    return exit_codes.OK if report.is_whole else exit_codes.UNSCHEDULABLE


def _seconds(text: str) -> float:
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise InputError(f"--timeout {text!r} is not a duration", hint="for example 90s or 15m")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _check_alone(watched: WatchedCluster) -> None:
    """Raise InputError where the controller acts: it lands the pods of its nodes itself."""
    from kubestow.controller.rivals import controller_of

    lease = controller_of(watched.hand)
    if lease:
        raise InputError(
            f"'kubestow run' acts in this cluster: it renews the Lease {lease}",
            hint="it lands pods by itself; stop it first, or use --dry-run",
        )


@contextmanager
def _changing(source: InputOptions) -> Iterator["ApiHand"]:
    """Yield who changes the cluster; what fails is told."""
    from kubestow.adapters.kubernetes_api.api_hand import ApiHand

    hand = ApiHand.of(source.context, source.kubeconfig, tell=lambda text: say(f"note: {text}"))
    try:
        yield hand
    finally:
        hand.close()


def _landed(
    plan: HandedPlan, watched: WatchedCluster, hand: "ApiHand", seconds: float | None
) -> LandingReport:
    """Land, or tell what would be done if there are no ``seconds`` to do it in."""
    from kubestow.adapters.kubernetes.facts import identity_of
    from kubestow.live.hand_landing import Lander
    from kubestow.live.landing_account import account, foretold

    cache, observer = watched.cache, watched.observer
    with progress_line() as reporter:
        lander = Lander(
            plan,
            observer.observe,
            hand,
            identity=lambda pod: identity_of(cache.content("pods", pod)),
            daemonsets=lambda: cache.contents("daemonsets"),
            reporter=reporter,
        )
        if seconds is None:
            return foretold(plan, lander.look())

        def wait(longest: float) -> None:
            observer.wait_for_change(observer.changes(), longest)

        sight = _run(lambda: lander.run(seconds, wait), lander)
        return account(plan, sight, timed_out=lander.timed_out, stood_in=lander.stood_in)


def _run(land: Callable[[], "LandingSight"], lander: "Lander") -> "LandingSight":
    """Run a landing; where it is interrupted, say what is left as it is."""
    try:
        return land()
    except KeyboardInterrupt:
        count = lander.held_nodes
        stay = f"{counted(count, 'node')} {agreeing(count, 'stays', 'stay')} held"
        say(f"note: {stay}: the same command goes on from there")
        raise


def _write(report: LandingReport, output: str) -> None:
    from kubestow.views.landing_view import landing_view
    from kubestow.views.view import encode

    view = landing_view(report)
    if output == "json":
        show_json(encode(view))
        return
    from kubestow.report.landing_text import render_landing

    show(render_landing(view, output_screen()))
