"""What planning again reuses of the plans before."""

import functools

from kubestow.provisioning.preparation.offerings import OfferingsCache
from kubestow.provisioning.programs.dominance import unbeaten
from kubestow.scheduling.pod_kinds import PodKindsCache


class PlanningCache:
    """What plans for the same workloads from the same catalogs have in common, worked out once.

    Whoever plans again and again (a policy, a comparison, a search for remedies) owns one and hands
    it down. It is bounded and changes no plan. It is not for several threads: each that plans has
    its own, and then no two share anything that changes, except what immutable values remember of
    themselves (``Node.once``, ``Pod.likeness``), where a race costs the work of a second time. In
    another process it starts empty.
    """

    def __init__(self) -> None:
        self.pod_kinds = PodKindsCache()
        self.offerings = OfferingsCache()
        self.unbeaten = functools.lru_cache(maxsize=32)(unbeaten)

    def __reduce__(self) -> tuple[type["PlanningCache"], tuple[()]]:
        return PlanningCache, ()
