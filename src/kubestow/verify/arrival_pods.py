"""PodTopologySpread and InterPodAffinity for an arriving pod.

Each function prepares a pod's check once, as a plugin's PreFilter does, or returns None if the
plugin does not apply. Sources: pkg/scheduler/framework/plugins podtopologyspread
and interpodaffinity of Kubernetes 1.34.
"""

from kubestow.model.pod import Pod, PodAffinityTerm, SpreadConstraint
from kubestow.verify.arrival_state import (
    ArrivalState,
    Check,
    LabelledPods,
    NodeAtArrival,
    Pair,
    SpreadCount,
)
from kubestow.verify.constraints import covers


def spread(state: ArrivalState, pod: Pod) -> Check | None:
    """Reject nodes on which a DoNotSchedule constraint would be violated.

    A node must have every key; a domain that is not counted has no pods.
    """
    if not pod.template.spread:
        return None
    own = dict(pod.labels)
    rules = [
        (
            tally.constraint.topology_key,
            tally.counts,
            tally.constraint.max_skew + tally.floor - _selects(tally.constraint, own),
        )
        for tally in _tallies(state, pod)
    ]

    def refuses(site: NodeAtArrival) -> bool:
        for key, counts, most in rules:
            value = site.labels.get(key)
            if value is None or counts.get(value, 0) > most:
                return True
        return False

    return refuses


def _selects(constraint: SpreadConstraint, labels: dict[str, str]) -> bool:
    """Return whether a pod counts itself: with the selector {} it does, but it counts no others."""
    return constraint.selector is not None and constraint.selector.matches(labels)


def _tallies(state: ArrivalState, pod: Pod) -> tuple[SpreadCount, ...]:
    template = pod.template
    key = (
        pod.namespace,
        template.spread,
        template.node_selector,
        template.node_affinity,
        template.tolerations,
    )
    tallies = state.remembered_tallies.get(key)
    if tallies is None:
        keys = {constraint.topology_key for constraint in template.spread}
        sites = [site for site in state.sites if keys <= site.labels.keys()]
        tallies = tuple(_tally(state, pod, constraint, sites) for constraint in template.spread)
        state.remembered_tallies[key] = tallies
    return tallies


def _tally(
    state: ArrivalState, pod: Pod, constraint: SpreadConstraint, sites: list[NodeAtArrival]
) -> SpreadCount:
    if constraint.honor_affinity:
        selected = state.selected(pod.template)
        sites = [site for site in sites if site.index in selected]
    if constraint.honor_taints:
        tolerated = state.tolerated(pod.template.tolerations)
        sites = [site for site in sites if site.index in tolerated]
    domain_of = {site.index: site.labels[constraint.topology_key] for site in sites}
    counts = dict.fromkeys(domain_of.values(), 0)
    selector = constraint.selector
    if selector is not None and not selector.is_empty:
        for crowd in state.matching(selector):
            if crowd.namespace == pod.namespace:
                for index, pods in crowd.living.items():
                    if index in domain_of:
                        counts[domain_of[index]] += pods
    enough = bool(counts) and len(counts) >= constraint.min_domains
    return SpreadCount(constraint, counts, min(counts.values()) if enough else 0)


def inter_pod(state: ArrivalState, pod: Pod) -> Check | None:
    """Reject nodes by the pod's required terms and by those of the pods already there."""
    template = pod.template
    keeping_off = _kept_off(state, pod)
    if template.anti_affinity:
        keeping_off |= _near(state, pod, template.anti_affinity, together=False)
    drawn: tuple[str, ...] = ()
    pairs, is_first = frozenset[Pair](), False
    if template.affinity:
        drawn = tuple(dict.fromkeys(term.topology_key for term in template.affinity))
        pairs = _near(state, pod, template.affinity, together=True)
        is_first = not pairs and all(_matches_itself(state, pod, t) for t in template.affinity)
    elif not keeping_off:
        return None
    off = tuple(sorted(keeping_off))

    def refuses(site: NodeAtArrival) -> bool:
        labels = site.labels
        for key in drawn:
            value = labels.get(key)
            if value is None or ((key, value) not in pairs and not is_first):
                return True
        return any(labels.get(key) == value for key, value in off)

    return refuses


def _kept_off(state: ArrivalState, pod: Pod) -> frozenset[Pair]:
    """Return the domains that the anti-affinity of bound pods closes to the pod."""
    if not state.repelled:
        return frozenset()
    key = (pod.namespace, pod.labels)
    domains = state.remembered_pairs.get(key)
    if domains is None:
        labels, closed = dict(pod.labels), set[Pair]()
        of_namespace = state.namespace_labels(pod.namespace)
        for (term, owner), pairs in state.repelled.items():
            if (
                term.selector is not None
                and covers(term, owner, pod.namespace, of_namespace)
                and term.selector.matches(labels)
            ):
                closed |= pairs
        domains = state.remembered_pairs[key] = frozenset(closed)
    return domains


def _near(
    state: ArrivalState, pod: Pod, terms: tuple[PodAffinityTerm, ...], *, together: bool
) -> frozenset[Pair]:
    """Return the domains of pods that match all terms together, or any of them."""
    key: tuple[object, ...] = (terms, pod.namespace, together)
    domains = state.remembered_pairs.get(key)
    if domains is None:
        pairs: set[Pair] = set()
        groups = (terms,) if together else tuple((term,) for term in terms)
        for group in groups:
            for crowd in state.matching(group[0].selector):
                if all(_picks(state, pod, term, crowd) for term in group):
                    pairs |= _domains(state, group, crowd)
        domains = state.remembered_pairs[key] = frozenset(pairs)
    return domains


def _domains(
    state: ArrivalState, terms: tuple[PodAffinityTerm, ...], crowd: LabelledPods
) -> set[Pair]:
    pairs = set()
    for index in crowd.sites:
        labels = state.sites[index].labels
        for term in terms:
            value = labels.get(term.topology_key)
            if value is not None:
                pairs.add((term.topology_key, value))
    return pairs


def _picks(state: ArrivalState, pod: Pod, term: PodAffinityTerm, crowd: LabelledPods) -> bool:
    return (
        term.selector is not None
        and _reaches(state, pod, term, crowd.namespace)
        and term.selector.matches(crowd.labels)
    )


def _matches_itself(state: ArrivalState, pod: Pod, term: PodAffinityTerm) -> bool:
    return (
        term.selector is not None
        and _reaches(state, pod, term, pod.namespace)
        and term.selector.matches(dict(pod.labels))
    )


def _reaches(state: ArrivalState, pod: Pod, term: PodAffinityTerm, namespace: str) -> bool:
    """Return whether a term of the arriving pod includes a namespace.

    kube-scheduler 1.34 resolves the namespaceSelector of an arriving pod to names, but keeps the
    selector and evaluates it again without any labels (mergeAffinityTermNamespacesIfNotEmpty
    changes a copy): a selector with only NotIn and DoesNotExist includes all namespaces.
    """
    if covers(term, pod.namespace, namespace, state.namespace_labels(namespace)):
        return True
    return term.namespace_selector is not None and term.namespace_selector.matches({})
