"""WaveView: the nodes launched, cordoned and drained together, and the pods that move then."""

from typing import Annotated

from msgspec import Meta

from kubestow.model.migration import (
    EVICT,
    LOST,
    RESTART,
    SCALE,
    Migration,
    PodMove,
    Wave,
    WorkloadMove,
)
from kubestow.views.shared import PodKey
from kubestow.views.view import Count, CountFromOne, View, one_of


class WorkloadMoveView(View, frozen=True):
    """A workload that is restarted, or that gets one more replica until its pods have moved."""

    kind: str
    namespace: str
    name: str
    replicas: Count
    means: Annotated[str, one_of(RESTART, SCALE)]
    autoscaler: Annotated[
        str,
        Meta(
            description="Its HorizontalPodAutoscaler, or scaledobject/NAME for KEDA's; empty if it "
            "has none."
        ),
    ]


class PodMoveView(View, frozen=True):
    """A pod that leaves its node."""

    pod: PodKey
    node: str
    means: Annotated[
        str,
        one_of(EVICT, RESTART, SCALE, LOST),
        Meta(
            description="Evict: by the eviction API; RollingRestart: by its Deployment's rollout, "
            "the replacement first; ScaleUp: evicted while one more replica runs; Lost: deleted, "
            "and nothing recreates it."
        ),
    ]
    budgets: Annotated[
        tuple[PodKey, ...], Meta(description="The PodDisruptionBudgets that cover it.")
    ]
    grace_seconds: Count
    lands_on: Annotated[
        str | None,
        Meta(
            description="Its node at the end of the first simulated eviction order; null for a "
            "lost pod."
        ),
    ]


class WaveView(View, frozen=True):
    """Nodes that are launched, cordoned and drained together."""

    number: CountFromOne
    launch: tuple[str, ...]
    cordon: tuple[str, ...]
    workloads: tuple[WorkloadMoveView, ...]
    drain: tuple[str, ...]
    pods: tuple[PodMoveView, ...]
    seconds: Count
    drain_seconds: Annotated[Count, Meta(description="The part of it that the drain takes.")]


def wave_views(migration: Migration) -> tuple[WaveView, ...]:
    """Return the views of all waves, in order."""
    landed = dict(migration.landed)
    return tuple(_wave(number, wave, landed) for number, wave in enumerate(migration.waves, 1))


def _wave(number: int, wave: Wave, landed: dict[str, str]) -> WaveView:
    return WaveView(
        number=number,
        launch=wave.launch,
        cordon=wave.cordon,
        workloads=tuple(map(_workload, wave.workloads)),
        drain=wave.drain,
        pods=tuple(_pod(move, landed.get(move.pod)) for move in wave.moves),
        seconds=wave.seconds,
        drain_seconds=wave.drain_seconds,
    )


def _workload(move: WorkloadMove) -> WorkloadMoveView:
    return WorkloadMoveView(
        kind=move.kind,
        namespace=move.namespace,
        name=move.name,
        replicas=move.replicas,
        means=move.means,
        autoscaler=move.autoscaler,
    )


def _pod(move: PodMove, lands_on: str | None) -> PodMoveView:
    return PodMoveView(
        pod=move.pod,
        node=move.node,
        means=move.means,
        budgets=move.budgets,
        grace_seconds=move.grace_seconds,
        lands_on=lands_on,
    )
