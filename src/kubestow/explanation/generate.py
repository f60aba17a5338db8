"""The moves to try: those that address a filter that rejects a node or an offering.

They come in a fixed order. Moves that would be bad advice, such as tolerating a node that is not
ready, draining or cordoned, are left out.
"""

from collections.abc import Iterator

from kubestow.explanation.adjustments import WHOLE, Adjustment
from kubestow.explanation.prescreen import Prescreen, widenable
from kubestow.model import explanation as kinds
from kubestow.model import labels as names
from kubestow.model.selectors import SelectorRequirement
from kubestow.model.taints import Taint

_NOT_TO_TOLERATE = (
    "node.kubernetes.io/",
    "node.cloudprovider.kubernetes.io/",
    "karpenter.sh/",
    "ToBeDeletedByClusterAutoscaler",
    "DeletionCandidateOfClusterAutoscaler",
)
_DOMAINS = (names.ZONE, names.ZONE_ID)


def generate(screen: Prescreen) -> list[Adjustment]:
    """Return every single move worth trying."""
    fits_somewhere = bool(screen.mask(()).any())
    return [
        *(Adjustment(kinds.LOWER_REQUEST, name) for name in screen.lacking()),
        *_tolerations(screen),
        *_selectors(screen),
        *_affinity(screen),
        *(Adjustment(kinds.DROP_HOST_PORT, item=port) for port in screen.ports_taken()),
        *(Adjustment(kinds.RELAX_SPREAD, item=c) for c in dict.fromkeys(screen.template.spread)),
        *(
            Adjustment(kinds.RELAX_AFFINITY, item=t)
            for t in dict.fromkeys(screen.template.affinity)
        ),
        *(
            Adjustment(kinds.RELAX_ANTI_AFFINITY, item=t)
            for t in dict.fromkeys(screen.template.anti_affinity)
        ),
        *_pools(screen, fits_somewhere=fits_somewhere),
        *(
            Adjustment(kinds.RAISE_LIMIT, resource, pool.name)
            for pool in screen.pools.values()
            for resource, _ in pool.limits
        ),
    ]


def _tolerations(screen: Prescreen) -> Iterator[Adjustment]:
    """Yield each taint the pod does not tolerate, in the order of the candidates."""
    _, sets = screen.prepared.filters.index.taint_column()
    held = screen.template.tolerations
    seen: dict[Taint, None] = {}
    for taints in sets:
        for taint in taints:
            advisable = not taint.key.startswith(_NOT_TO_TOLERATE)
            if taint.blocks and advisable and not any(t.tolerates(taint) for t in held):
                seen[taint] = None
    yield from (Adjustment(kinds.TOLERATE_TAINT, taint.key, item=taint) for taint in seen)


def _selectors(screen: Prescreen) -> Iterator[Adjustment]:
    for key, value in screen.template.node_selector:
        item = SelectorRequirement(key, "In", (value,))
        if not screen.prepared.filters.index.requirement(item).all():
            yield Adjustment(kinds.DROP_NODE_SELECTOR, key, item=item)


def _affinity(screen: Prescreen) -> Iterator[Adjustment]:
    """Yield each expression of required node affinity, or the whole if a term has only one."""
    moves: dict[Adjustment, None] = {}
    terms = screen.template.node_affinity
    for position, term in enumerate(terms or ()):
        every = (*term.expressions, *term.fields)
        if len(every) > 1:
            for item in every:
                moves[Adjustment(kinds.DROP_NODE_AFFINITY, item.key, item=item, term=position)] = (
                    None
                )
        elif terms is not None and len(terms) == 1 and every:
            moves[Adjustment(kinds.DROP_NODE_AFFINITY, every[0].key, item=every[0])] = None
        else:
            moves[Adjustment(kinds.DROP_NODE_AFFINITY, term=WHOLE)] = None
    yield from moves


def _pools(screen: Prescreen, *, fits_somewhere: bool) -> Iterator[Adjustment]:
    """Yield the requirements of NodePools that exclude offerings.

    If the pod fits an allowed offering, only another zone can help: then a topology constraint or
    other pods are in the way.
    """
    limited = {pool.name for pool in screen.pools.values() if pool.limits}
    for pool in screen.pools.values():
        for key in widenable(pool):
            if fits_somewhere and key not in _DOMAINS and pool.name not in limited:
                continue
            if screen.kept_out[pool.name, key].any():
                yield Adjustment(kinds.ALLOW_IN_POOL, key, pool.name)
