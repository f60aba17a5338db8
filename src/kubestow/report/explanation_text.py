"""An explanation as text."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from kubestow.model import explanation as kinds
from kubestow.model.counted import counted
from kubestow.model.labels import ARCH, CAPACITY_TYPE
from kubestow.report.money_text import local_text
from kubestow.report.table import ESTIMATE_MARK, Screen, heading, render
from kubestow.views.explanation_view import ExplanationView, SchedulerVerdictView
from kubestow.views.place_view import NearestPlaceView, PlaceView
from kubestow.views.reason_view import ReasonDetailView, detail_text
from kubestow.views.remedy_view import ChangeView, LocalDifferenceView, RemedyView
from kubestow.views.shared import LocalCostView

_BEST_NAMED = 4
_LIMIT_FIELDS = {
    "managed node group": "maxSize",
    "self-managed node group": "maxSize",
    "static NodePool": "spec.replicas",
}
"""What limits the nodes of a pool that has no limits of its own."""
_SIDE_EFFECTS = {
    ARCH: "pods without an architecture constraint may then run on {} too: their images must "
    "support it",
    CAPACITY_TYPE: "pods without a capacity type constraint may then run on {} too",
}
"""What widening a NodePool means for other pods, by label."""


def render_explanation(explanation: ExplanationView, screen: Screen) -> str:
    """Render the whole explanation."""
    parts: list[Any] = [heading(_title(explanation)), *_summary(explanation), ""]
    for title, lines in (
        (_scheduler_title(explanation), list(_scheduler(explanation.scheduler))),
        (
            "Across all existing nodes and everything that NodePools can launch",
            list(_reasons(explanation)),
        ),
        ("Nearest miss", list(_nearest(explanation.nearest))),
        (_remedies_title(explanation), list(_remedies(explanation))),
    ):
        if lines:
            parts += [heading(title), *lines, ""]
    parts += _notes(explanation)
    return render(parts, screen)


def _title(explanation: ExplanationView) -> str:
    pod, place = explanation.pod, explanation.place
    if place is None or explanation.status == kinds.UNSCHEDULABLE:
        return f"{pod} cannot run"
    if explanation.status == kinds.RUNNING:
        return f"{pod} runs on {place.node}"
    if place.existing:
        return f"{pod} can run on {_standing(place)}"
    return f"{pod} can run on {place.node}, a new {place.instance_type}"


def _summary(explanation: ExplanationView) -> Iterator[str]:
    place, share = explanation.place, explanation.share
    if place is not None:
        what = [
            place.instance_type,
            f"in {place.zone}" if place.zone else "",
            f"NodePool {place.node_pool}" if place.node_pool else "",
            place.capacity_type,
        ]
        line = ", ".join(part for part in what if part).replace(", in ", " in ", 1)
        if not place.existing:
            line += f", {_hourly(place)} USD/h"
        if line:
            yield f"  {line}"
    if share is not None:
        percent = f"{100 * share.of_node:.0f} %"
        usage = (
            f"it uses {share.requested} of {share.allocatable} {share.resource}, "
            f"{percent} of the node"
        )
        if place is not None and place.existing:
            yield f"  {usage}, at no extra cost"
        else:
            money = f"{share.usd_per_hour:.4f} USD/h, {share.usd_per_month:,.2f} USD/month"
            yield f"  {usage}; its share of the price is {money}{_local(share.local)}"
    if explanation.status != kinds.UNSCHEDULABLE:
        yield "  no change is needed"
    elif explanation.replicas > 1:
        left, replicas = explanation.replicas_unschedulable, explanation.replicas
        count = f"{left} of the {replicas}" if left < replicas else f"none of the {replicas}"
        yield f"  {count} pods in its workload can{'not' if left < replicas else ''} run"
    obstacle = explanation.obstacle
    if obstacle is not None:
        yield f"  {obstacle.constraint}: {obstacle.message}".rstrip(": ")
        yield f"  hint: {obstacle.hint}"


def _standing(place: PlaceView) -> str:
    """Return the description of a node that adds no cost."""
    return f"the {'existing' if place.reservation is UNSET else 'reserved'} node {place.node}"


def _hourly(place: PlaceView) -> str:
    return f"{ESTIMATE_MARK if place.price_is_estimate else ''}{place.usd_per_hour:.4f}"


def _local(local: LocalCostView | LocalDifferenceView | None) -> str:
    return f", {local_text(local)}/month" if local else ""


def _scheduler_title(explanation: ExplanationView) -> str:
    verdict = explanation.scheduler
    count = verdict.nodes if verdict else 0
    nodes = "existing node" if count == 1 else f"{count:,} existing nodes"
    return f"What kube-scheduler says about the {nodes}"


def _scheduler(verdict: SchedulerVerdictView | None) -> Iterator[str]:
    if verdict is None:
        return
    yield f"  {verdict.message}"
    if verdict.best:
        named = ", ".join(verdict.best[:_BEST_NAMED])
        more = len(verdict.best) - _BEST_NAMED
        yield f"  it would choose {named}" + (f" or {more} more equally good" if more > 0 else "")
    if verdict.filters:
        filters = ", ".join(f"{f.filter} {f.nodes}" for f in verdict.filters)
        yield f"  nodes by the first filter that refuses them: {filters}"


def _reasons(explanation: ExplanationView) -> Iterator[str]:
    if explanation.obstacle is not None:
        return
    for reason in explanation.reasons:
        where = f"refuses {reason.offerings}"
        yield f"  - {reason.constraint} {where}: {_detail(reason.detail)}".rstrip(": ")
        if reason.detail.hint is not UNSET:
            yield f"    hint: {reason.detail.hint}"


def _detail(detail: ReasonDetailView) -> str:
    text = detail_text(detail)
    return text if detail.node_pool is UNSET else f"{detail.node_pool}: {text}"


def _nearest(nearest: NearestPlaceView | None) -> Iterator[str]:
    if nearest is None:
        return
    place = nearest.place
    if place.existing:
        yield f"  {_standing(place)}"
    else:
        yield (
            f"  a new {place.instance_type} in {place.zone}, NodePool {place.node_pool}, "
            f"{place.capacity_type}, {_hourly(place)} USD/h"
        )
    is_limit = "NodePoolLimits" in nearest.refused_by
    for item in nearest.shortfalls:
        left = "left under the NodePool's limit" if is_limit else "available"
        yield (
            f"  {item.resource}: {item.requested} requested, {item.available} {left}: "
            f"{item.short} short"
        )
    if nearest.refused_by and not is_limit:
        yield f"  refused by {', '.join(nearest.refused_by)}"


def _remedies_title(explanation: ExplanationView) -> str:
    remedies = explanation.remedies
    if not remedies:
        return "What would let it run"
    size = len(remedies[0].changes)
    either = " (any one of these options)" if len(remedies) > 1 else ""
    return f"What would let it run: {counted(size, 'change')}{either}"


def _remedies(explanation: ExplanationView) -> Iterator[str]:
    if explanation.status != kinds.UNSCHEDULABLE or explanation.obstacle is not None:
        return
    trials = explanation.trials
    for number, remedy in enumerate(explanation.remedies, 1):
        for position, change in enumerate(remedy.changes):
            lead = f"{number}. " if not position else "   and "
            yield f"  {lead}{sentence(change)}"
        yield from (f"     {line}" for line in _outcome(remedy, explanation.pod))
    if not explanation.remedies:
        tried = ", ".join(trials.kinds) or "none that could help"
        yield f"  no set of up to {counted(trials.changes_max, 'change')} was found that works"
        yield f"  kinds of change tried: {tried}"
        yield (
            f"  {counted(trials.combinations, 'combination')} considered, "
            f"{trials.plans} of them planned"
        )
    if not trials.complete:
        yield "  not every combination was planned: the search is bounded"


def sentence(change: ChangeView) -> str:
    """Write one change as an instruction."""
    subject, before, after = change.subject, change.before, change.after
    pool = change.node_pool
    match change.kind:
        case kinds.LOWER_REQUEST:
            return f"lower the {subject} request from {before} to {after}"
        case kinds.TOLERATE_TAINT:
            return f"tolerate the taint {subject}"
        case kinds.DROP_NODE_SELECTOR:
            return f"remove {before} from the nodeSelector"
        case kinds.DROP_NODE_AFFINITY if before:
            return f"remove {before} from the required node affinity"
        case kinds.DROP_NODE_AFFINITY:
            return "remove the required node affinity"
        case kinds.DROP_HOST_PORT:
            return f"do not take host port {subject} (hostPort, or any port with hostNetwork)"
        case kinds.RELAX_SPREAD:
            return f"change the topology spread constraint ({before}) to ScheduleAnyway"
        case kinds.RELAX_AFFINITY:
            return f"make the pod affinity ({before}) preferred"
        case kinds.RELAX_ANTI_AFFINITY:
            return f"make the pod anti-affinity ({before}) preferred"
        case kinds.ALLOW_IN_POOL if change.node_pool_is_built_in:
            return (
                f"define a NodePool that allows {subject} {change.added} "
                f"(the built-in {pool} allows {before})"
            )
        case kinds.ALLOW_IN_POOL:
            owner = f"{change.node_pool_kind} {pool}"
            return f"allow {subject} {change.added} in {owner} (it allows {before})"
        case kinds.RAISE_LIMIT:
            field = _LIMIT_FIELDS.get(change.node_pool_kind, f"limits.{subject}")
            return f"raise {field} of {change.node_pool_kind} {pool} from {before} to {after}"
    return f"{change.kind} {subject}"


def _outcome(remedy: RemedyView, pod: str) -> Iterator[str]:
    place = remedy.place
    if place.existing:
        where = f"on {_standing(place)}"
    elif place.planned:
        where = f"on the {place.instance_type} in {place.zone} launched for other pods"
    else:
        where = (
            f"on a new {place.instance_type} in {place.zone}, NodePool {place.node_pool}, "
            f"{place.capacity_type}"
        )
    yield _price(remedy)
    yield f"{pod} then runs {where}"
    pods = remedy.pods
    if pods > 1:
        running = remedy.pods_running
        restarts = f" and restarts the {running} that are running" if running else ""
        yield f"this changes all {pods} pods in its workload{restarts}; the price covers all"
    if remedy.pods_still_pending:
        yield f"{remedy.pods_still_pending} of them still cannot run"
    if remedy.other_pods_helped:
        others = remedy.other_pods_helped
        yield f"{counted(others, 'other pod')} can then run too, which the price includes"
    for change in remedy.changes:
        if change.kind == kinds.ALLOW_IN_POOL and change.subject in _SIDE_EFFECTS:
            yield _SIDE_EFFECTS[change.subject].format(change.added)


def _price(remedy: RemedyView) -> str:
    hourly = remedy.extra_usd_per_hour
    if hourly == 0:
        return "no extra cost"
    local = remedy.extra_local
    if hourly < 0:
        return f"saves {-hourly:.4f} USD/h, {-remedy.extra_usd_per_month:,.2f} USD/month"
    mark = ESTIMATE_MARK if remedy.place.price_is_estimate else ""
    return f"+{mark}{hourly:.4f} USD/h, +{remedy.extra_usd_per_month:,.2f} USD/month{_local(local)}"


def _notes(explanation: ExplanationView) -> Iterator[str]:
    places = [explanation.place, *(r.place for r in explanation.remedies)]
    if any(place is not None and place.price_is_estimate for place in places):
        yield f"{ESTIMATE_MARK} estimated, not a quoted price"
    if explanation.remedies:
        yield "prices are what a change adds to the cost of the plan as it is"
    yield f"{explanation.region}; prices: {'; '.join(explanation.price_sources)}"
