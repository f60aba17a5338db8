"""EvictionTerms: what a pod's annotations and volumes say about its eviction.

Facts of the pod only. Which of them an autoscaler heeds is decided in kubestow.disruption; nothing
here decides where a pod may run.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EvictionTerms:
    """Who may evict a pod, and what that costs.

    ``do_not_disrupt`` is karpenter.sh/do-not-disrupt with "true", ``protected_seconds`` the age
    until which a duration protects the pod. ``safe_to_evict`` is Cluster Autoscaler's annotation,
    None without it. ``local_volumes`` are those whose data an eviction loses (emptyDir that is not
    in memory, hostPath), without those that are declared safe. ``nano_usd`` is the price of an
    eviction by kubestow.dev/eviction-cost.
    """

    do_not_disrupt: bool = False
    protected_seconds: int | None = None
    safe_to_evict: bool | None = None
    local_volumes: tuple[str, ...] = ()
    nano_usd: int | None = None

    @property
    def forbids(self) -> bool:
        """True if the pod may not be evicted at any age."""
        return self.do_not_disrupt or self.safe_to_evict is False

    @property
    def loses_data(self) -> bool:
        """True if an eviction loses local data that nobody has declared expendable."""
        return bool(self.local_volumes) and not self.safe_to_evict
