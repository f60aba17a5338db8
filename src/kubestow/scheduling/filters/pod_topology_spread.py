"""PodTopologySpread, DoNotSchedule: keep the skew between domains within maxSkew.

Source: pkg/scheduler/framework/plugins/podtopologyspread (Kubernetes 1.34). Planning declares
every zone offered to a pod a domain (semantics in docs/designs/0001-topology-domains.md); over
the hostname, a new node may always appear, so the minimum is taken as zero: a node never holds
more than maxSkew matching pods. Both are at least as strict as the scheduler, whose own rule over
the nodes that exist is ``refusals``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.model.pod import SpreadConstraint
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.counts import DomainCounts
from kubestow.scheduling.filters import node_affinity
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal

NAME = "PodTopologySpread"
REASON = "node(s) didn't match pod topology spread constraints"
NO_LABEL = f"{REASON} (missing required label)"


def counts_nothing(constraint: SpreadConstraint) -> bool:
    """Return whether a constraint counts no pod: its selector is absent or empty.

    The scheduler counts no pod for the selector ``{}``, and for a nil selector not even the pod
    itself. Such a constraint still asks its node for the topology key.
    """
    return constraint.selector is None or constraint.selector.is_empty


def allowed(count: int, matches_self: bool, lowest: int, max_skew: int) -> bool:
    """Return whether one more pod may go where ``count`` matching pods are."""
    return count + matches_self - lowest <= max_skew


@dataclass(frozen=True, slots=True)
class Counted:
    """A constraint and the live count of its pods by domain."""

    constraint: SpreadConstraint
    counts: DomainCounts
    has_key: Mask
    domains: Integers  # those that count towards the minimum
    matches_self: bool

    @property
    def full(self) -> Mask:
        """The domains, and the lack of one, where one more pod would make the skew too large."""
        counts, lowest = self.counts.by_domain, 0
        if len(self.domains) >= self.constraint.min_domains:
            there = counts.take(self.domains)
            lowest = int(there[there.argmin()])
        return counts > self.constraint.max_skew - self.matches_self + lowest


def counted(context: PodContext, constraints: Sequence[SpreadConstraint]) -> list[Counted]:
    """Return the constraints with their counts over the nodes that each of them looks at."""
    keys = [c.topology_key for c in constraints]
    complete = np.ones(len(context.index), dtype=bool)
    for key in keys:
        complete &= context.index.labelled(key)
    constraints_counted = []
    for constraint in constraints:
        matched, own = _matched(context, constraint)
        eligible = complete & included(context, constraint)
        counts = context.cache.counts(matched, constraint.topology_key, eligible)
        domains = _domains(context, constraint.topology_key, eligible)
        has_key = context.index.labelled(constraint.topology_key)
        constraints_counted.append(Counted(constraint, counts, has_key, domains, own))
    return constraints_counted


def _matched(context: PodContext, constraint: SpreadConstraint) -> tuple[tuple[int, ...], bool]:
    """Return the kinds that a constraint counts, and whether the kind itself is one it selects."""
    own = constraint.selector is not None and (
        constraint.selector.is_empty
        or context.number in context.cache.selection.selected(constraint.selector)
    )
    return matching(context, constraint), own


def _domains(context: PodContext, key: str, eligible: Mask) -> Integers:
    """Return the domains that these nodes are in."""

    def present() -> Integers:
        return np.unique(context.index.domains(key)[eligible])

    return context.cache.shared((NAME, key, eligible.tobytes()), present)


def matching(context: PodContext, constraint: SpreadConstraint) -> tuple[int, ...]:
    """Return the kinds a constraint counts: alive, in the pod's namespace, matching."""
    if counts_nothing(constraint):
        return ()
    cache, namespace = context.cache, context.kind.namespace
    selected = cache.selection.same_namespace(constraint.selector, namespace)
    return tuple(number for number in selected if not cache.kinds[number].terminating)


def included(context: PodContext, constraint: SpreadConstraint) -> Mask:
    """Return the nodes that the constraint's node inclusion policies let it look at."""
    nodes = np.ones(len(context.index), dtype=bool)
    if constraint.honor_affinity:
        nodes &= node_affinity.accepted(context)
    if constraint.honor_taints:
        nodes &= context.tolerated
    return nodes


def applies(context: PodContext) -> bool:
    """Return whether the kind has constraints."""
    return bool(context.template.spread)


def refusals(context: PodContext) -> list[Refusal]:
    """Return the nodes where one more pod would make the skew too large, or without the key."""
    if not context.template.spread:
        return []
    items = context.once(NAME, lambda v: counted(v, v.template.spread))
    if context.once("unlabelled", lambda _: any(not item.has_key.all() for item in items)):
        return _by_first(items)
    skewed = items[0].full.take(items[0].counts.codes)
    for item in items[1:]:
        skewed |= item.full.take(item.counts.codes)
    return [Refusal(REASON, skewed)]


def _by_first(items: Sequence[Counted]) -> list[Refusal]:
    """Return the refusals where nodes lack a key: a node's first unmet constraint decides."""
    unlabelled = np.zeros_like(items[0].has_key)
    skewed = unlabelled.copy()
    for item in items:
        undecided = ~(unlabelled | skewed)
        unlabelled |= undecided & ~item.has_key
        skewed |= undecided & item.has_key & item.full.take(item.counts.codes)
    return [Refusal(NO_LABEL, unlabelled, True), Refusal(REASON, skewed)]
