"""PolicyMemory: what each of kubestow's policies remembers for itself, one type a policy.

Values only, so that a journal can hold them; the rules are in kubestow.policies. Every field has a
default, which is what a policy without its memory starts from. Instants are whole seconds.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PodBatch:
    """When the first and the last pod of a batch were seen."""

    first_pod_at: int
    last_pod_at: int


@dataclass(frozen=True, slots=True)
class KarpenterMemory:
    """The open batch, how many pods waited at the last decision, and when disruption may rest.

    ``idle_digest`` identifies the situation in which disruption last found nothing to do.
    """

    batch: PodBatch | None = None
    waiting_pods: int = 0
    idle_digest: str = ""


@dataclass(frozen=True, slots=True)
class ClusterAutoscalerMemory:
    """When nodes were last added, and since when each unneeded node has been unneeded, by name."""

    last_added_at: int | None = None
    unneeded_since: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LoadHistory:
    """When the load last changed and what to, what it was at the last consolidation (None before
    the first), and its peak since then; ``began_at`` is when it was first seen. It was
    ``step_from_millicpu`` at ``step_at``, before the changes that it is in or ended with.
    """

    changed_at: int
    reference_millicpu: int
    peak_millicpu: int
    consolidated_millicpu: int | None = None
    began_at: int = 0
    step_from_millicpu: int = 0
    step_at: int = 0


@dataclass(frozen=True, slots=True)
class Replaced:
    """What nodes of a NodePool drifted from, and when replacing them was last begun to be tried.

    ``times_in_vain`` counts how often it was tried again although it had been in vain.
    """

    nodepool: str
    drifted_from: str
    tried_at: int
    times_in_vain: int = 0


@dataclass(frozen=True, slots=True)
class ForeseenMoves:
    """Nodes that go, and where their pods are expected: (pod, owner, node).

    ``waited`` are pods that were expected in open room and waited for it.
    """

    nodes: tuple[str, ...]
    pods: tuple[tuple[str, str, str], ...]
    waited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OptimalMemory:
    """The load so far, the situation consolidation sees, and when it last ran.

    ``situation_digest`` identifies the situation and ``situation_at`` is when it began;
    ``idle_digest`` identifies the situation in which consolidation last found nothing to do;
    ``consolidated_at`` is None where the next time need not wait for its turn. ``fleet_at`` is when
    a whole fleet was last planned, and ``fleet_prices`` identifies the prices of then;
    ``jumped_at`` is when many pods last came at once. ``deletion_order`` are the nodes in the order
    in which ReplicaSets were asked to delete pods, and ``avoided`` those that kube-scheduler is to
    avoid. ``cost_then`` is what the fleet cost at ``consolidated_at``, in nano-USD an hour.
    ``replaced`` is what drifted nodes were replaced for lately; ``foreseen`` is where the pods of
    nodes that are being consolidated are expected. ``waves_again_at`` is when nodes may go in waves
    again, after some for which something was launched stayed.
    """

    load: LoadHistory | None = None
    situation_digest: str = ""
    situation_at: int = 0
    consolidated_at: int | None = None
    idle_digest: str = ""
    fleet_at: int | None = None
    fleet_prices: str = ""
    jumped_at: int | None = None
    deletion_order: tuple[str, ...] = ()
    avoided: tuple[str, ...] = ()
    cost_then: int = 0
    replaced: tuple[Replaced, ...] = ()
    foreseen: ForeseenMoves | None = None
    waves_again_at: int = 0


PolicyMemory = KarpenterMemory | ClusterAutoscalerMemory | OptimalMemory
