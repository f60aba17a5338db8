"""An explanation for people: rendered from the document of explanation_json.

Law: text only, from the document only, so that both always agree.
"""

from collections.abc import Iterator
from typing import Any

from kubestow.model import explanation as kinds
from kubestow.model.currency import format_money
from kubestow.model.labels import ARCH, CAPACITY_TYPE
from kubestow.report.catalog_json import Document
from kubestow.report.plan_text import detail_text
from kubestow.report.table import ESTIMATE_MARK, Screen, heading, render

_BEST_NAMED = 4
_SIDE_EFFECTS = {
    ARCH: "pods that name no architecture may then land on {} too: their images must run there",
    CAPACITY_TYPE: "pods that name no capacity type may then land on {} too",
}
"""What widening a NodePool means for other pods, by the label."""


def render_explanation(document: Document, screen: Screen) -> str:
    """Render the whole explanation."""
    parts: list[Any] = [heading(_title(document)), *_summary(document), ""]
    for title, lines in (
        (_scheduler_title(document), list(_scheduler(document["scheduler"]))),
        ("Over the nodes there are and all that NodePools could launch", list(_reasons(document))),
        ("Nearest miss", list(_nearest(document["nearest"]))),
        (_remedies_title(document), list(_remedies(document))),
    ):
        if lines:
            parts += [heading(title), *lines, ""]
    parts += _notes(document)
    return render(parts, screen)


def _title(document: Document) -> str:
    pod, place = document["pod"], document["place"]
    match document["status"]:
        case kinds.RUNNING:
            return f"{pod} runs on {place['node']}"
        case kinds.PLANNED if place["existing"]:
            return f"{pod} can run on {_standing(place)}"
        case kinds.PLANNED:
            return f"{pod} can run on {place['node']}, a new {place['instanceType']}"
        case _:
            return f"{pod} cannot run"


def _summary(document: Document) -> Iterator[str]:
    place, share = document["place"], document["share"]
    if place is not None:
        what = [
            place["instanceType"],
            f"in {place['zone']}" if place["zone"] else "",
            f"NodePool {place['nodePool']}" if place["nodePool"] else "",
            place["capacityType"],
        ]
        line = ", ".join(part for part in what if part).replace(", in ", " in ", 1)
        if not place["existing"]:
            line += f", {_hourly(place)} USD/h"
        if line:
            yield f"  {line}"
    if share is not None:
        percent = f"{100 * share['ofNode']:.0f} %"
        taken = (
            f"it takes {share['requested']} of {share['allocatable']} {share['resource']}, "
            f"{percent} of the node"
        )
        if place["existing"]:
            yield f"  {taken}, which costs nothing more"
        else:
            money = f"{share['usdPerHour']:.4f} USD/h, {share['usdPerMonth']:,.2f} USD/month"
            yield f"  {taken}: its share is {money}{_local(share['local'])}"
    if document["status"] != kinds.UNSCHEDULABLE:
        yield "  there is nothing to change"
    elif document["replicas"] > 1:
        left, replicas = document["replicasUnschedulable"], document["replicas"]
        some = f"{left} of the {replicas}" if left < replicas else f"none of the {replicas}"
        yield f"  {some} pods of its workload can{'not' if left < replicas else ''} run"
    obstacle = document["obstacle"]
    if obstacle is not None:
        yield f"  {obstacle['constraint']}: {obstacle['message']}".rstrip(": ")
        yield f"  hint: {obstacle['hint']}"


def _standing(place: Document) -> str:
    """Return what a node is called that costs nothing more."""
    return f"the {'reserved' if 'reservation' in place else 'existing'} node {place['node']}"


def _hourly(place: Document) -> str:
    return f"{ESTIMATE_MARK if place['priceIsEstimate'] else ''}{place['usdPerHour']:.4f}"


def _local(local: Document | None) -> str:
    if local is None:
        return ""
    return f", {format_money(local['perMonth'], local['code'])}/month"


def _scheduler_title(document: Document) -> str:
    view = document["scheduler"]
    count = view["nodes"] if view else 0
    return f"What kube-scheduler says of the {_counted(count, 'node')} there {_are(count)}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _scheduler(view: Document | None) -> Iterator[str]:
    if view is None:
        return
    yield f"  {view['message']}"
    if view["best"]:
        named = ", ".join(view["best"][:_BEST_NAMED])
        more = len(view["best"]) - _BEST_NAMED
        yield f"  it would choose {named}" + (f" or {more} more like it" if more > 0 else "")
    if view["filters"]:
        filters = ", ".join(f"{f['filter']} {f['nodes']}" for f in view["filters"])
        yield f"  first to refuse: {filters}"


def _reasons(document: Document) -> Iterator[str]:
    if document["obstacle"] is not None:
        return
    for reason in document["reasons"]:
        where = f"refuses {reason['offerings']}"
        yield f"  - {reason['constraint']} {where}: {_detail(reason['detail'])}".rstrip(": ")
        if "hint" in reason["detail"]:
            yield f"    hint: {reason['detail']['hint']}"


def _detail(detail: Document) -> str:
    text = detail_text(detail)
    return f"{detail['nodePool']}: {text}" if "nodePool" in detail else text


def _nearest(nearest: Document | None) -> Iterator[str]:
    if nearest is None:
        return
    place = nearest["place"]
    if place["existing"]:
        yield f"  {_standing(place)}"
    else:
        yield (
            f"  a new {place['instanceType']} in {place['zone']}, NodePool {place['nodePool']}, "
            f"{place['capacityType']}, {_hourly(place)} USD/h"
        )
    is_limit = "NodePoolLimits" in nearest["refusedBy"]
    for item in nearest["shortfalls"]:
        left = "left under the NodePool's limit" if is_limit else "available"
        yield (
            f"  {item['resource']}: {item['requested']} requested, {item['available']} {left}: "
            f"{item['short']} short"
        )
    if nearest["refusedBy"] and not is_limit:
        yield f"  refused by {', '.join(nearest['refusedBy'])}"


def _remedies_title(document: Document) -> str:
    remedies = document["remedies"]
    if not remedies:
        return "What would let it run"
    size = len(remedies[0]["changes"])
    either = ", any of these" if len(remedies) > 1 else ""
    return f"What would let it run: {_counted(size, 'change')}{either}"


def _remedies(document: Document) -> Iterator[str]:
    if document["status"] != kinds.UNSCHEDULABLE or document["obstacle"] is not None:
        return
    trials = document["trials"]
    for number, remedy in enumerate(document["remedies"], 1):
        for position, change in enumerate(remedy["changes"]):
            lead = f"{number}. " if not position else "   and "
            yield f"  {lead}{sentence(change)}"
        yield from (f"     {line}" for line in _outcome(remedy, document["pod"]))
    if not document["remedies"]:
        tried = ", ".join(trials["kinds"]) or "none that could help"
        yield f"  no set of up to {_counted(trials['changesMax'], 'change')} was found to do"
        yield f"  kinds of change tried: {tried}"
        yield (
            f"  {_counted(trials['combinations'], 'combination')} looked at, "
            f"{trials['plans']} of them worth planning"
        )
    if not trials["complete"]:
        yield "  not every combination was planned: the search is bounded"


def sentence(change: Document) -> str:
    """Write one change as an instruction."""
    subject, before, after = change["subject"], change["before"], change["after"]
    pool = change["nodePool"]
    match change["kind"]:
        case kinds.LOWER_REQUEST:
            return f"lower the {subject} request from {before} to {after}"
        case kinds.TOLERATE_TAINT:
            return f"tolerate the taint {subject}"
        case kinds.DROP_NODE_SELECTOR:
            return f"drop {before} from the nodeSelector"
        case kinds.DROP_NODE_AFFINITY if before:
            return f"drop {before} from the required node affinity"
        case kinds.DROP_NODE_AFFINITY:
            return "drop the required node affinity"
        case kinds.RELAX_SPREAD:
            return f"let the topology spread ({before}) be ScheduleAnyway"
        case kinds.RELAX_AFFINITY:
            return f"let the pod affinity ({before}) be preferred"
        case kinds.RELAX_ANTI_AFFINITY:
            return f"let the pod anti-affinity ({before}) be preferred"
        case kinds.ALLOW_IN_POOL if change["nodePoolIsBuiltIn"]:
            return (
                f"give a NodePool that allows {subject} {change['added']} "
                f"(the built-in {pool} has {before})"
            )
        case kinds.ALLOW_IN_POOL:
            return f"allow {subject} {change['added']} in NodePool {pool} (it has {before})"
        case kinds.RAISE_LIMIT:
            return f"raise limits.{subject} of NodePool {pool} from {before} to {after}"
    return f"{change['kind']} {subject}"


def _outcome(remedy: Document, pod: str) -> Iterator[str]:
    place = remedy["place"]
    if place["existing"]:
        where = f"on {_standing(place)}"
    elif place["planned"]:
        where = f"on the {place['instanceType']} in {place['zone']} that is launched for other pods"
    else:
        where = (
            f"on a new {place['instanceType']} in {place['zone']}, NodePool {place['nodePool']}, "
            f"{place['capacityType']}"
        )
    yield _price(remedy)
    yield f"{pod} then runs {where}"
    pods = remedy["pods"]
    if pods > 1:
        running = remedy["podsRunning"]
        restarted = f", {running} of which run and are restarted" if running else ""
        yield f"this concerns the {pods} pods of its workload{restarted}; the price is for all"
    if remedy["podsStillPending"]:
        yield f"{remedy['podsStillPending']} of them cannot run even then"
    if remedy["otherPodsHelped"]:
        others = remedy["otherPodsHelped"]
        yield f"{_counted(others, 'other pod')} can then run as well, which is in the price"
    for change in remedy["changes"]:
        if change["kind"] == kinds.ALLOW_IN_POOL and change["subject"] in _SIDE_EFFECTS:
            yield _SIDE_EFFECTS[change["subject"]].format(change["added"])


def _price(remedy: Document) -> str:
    hourly = remedy["extraUsdPerHour"]
    if hourly == 0:
        return "costs nothing more"
    local = remedy["extraLocal"]
    if hourly < 0:
        return f"saves {-hourly:.4f} USD/h, {-remedy['extraUsdPerMonth']:,.2f} USD/month"
    mark = ESTIMATE_MARK if remedy["place"]["priceIsEstimate"] else ""
    return f"+{mark}{hourly:.4f} USD/h, +{remedy['extraUsdPerMonth']:,.2f} USD/month{_local(local)}"


def _notes(document: Document) -> Iterator[str]:
    places = [document["place"], *(r["place"] for r in document["remedies"])]
    if any(place is not None and place["priceIsEstimate"] for place in places):
        yield f"{ESTIMATE_MARK} an estimate, not a quoted price"
    if document["remedies"]:
        yield "prices are what the rest of the plan, as it is, has to be added for the change"
    yield f"{document['region']}; prices: {'; '.join(document['priceSources'])}"
