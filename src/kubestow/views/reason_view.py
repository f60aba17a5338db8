"""ReasonView: why a constraint keeps a pod from offerings and nodes."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from kubestow.model.plan import Reason
from kubestow.views.view import Count, View, as_view


class RefusingRequirementView(View, frozen=True):
    """A requirement of the pod, and how many offerings and nodes it refuses."""

    requirement: Annotated[str, Meta(description="The requirement as text: key, operator, values.")]
    refuses: Annotated[Count, Meta(description="How many offerings and nodes it refuses.")]


class ReasonDetailView(View, frozen=True):
    """The details of a reason; each field is present only if it applies."""

    node_pool: Annotated[str, Meta(description="The NodePool that offers nothing.")] | UnsetType = (
        UNSET
    )
    resource: Annotated[str, Meta(description="The resource that is short.")] | UnsetType = UNSET
    requested: Annotated[str, Meta(description="How much the pod requests.")] | UnsetType = UNSET
    largest_available: (
        Annotated[str, Meta(description="The most that any offering or node has free.")] | UnsetType
    ) = UNSET
    daemon_sets: (
        Annotated[
            str,
            Meta(
                description="How much of the resource DaemonSets request there; present only if "
                "the pod would fit without them."
            ),
        ]
        | UnsetType
    ) = UNSET
    requirements: (
        Annotated[
            tuple[RefusingRequirementView, ...],
            Meta(description="The requirements that refuse offerings or nodes."),
        ]
        | UnsetType
    ) = UNSET
    taints: (
        Annotated[
            dict[str, Count],
            Meta(description="Taints not tolerated, and on how many offerings and nodes."),
        ]
        | UnsetType
    ) = UNSET
    message: Annotated[str, Meta(description="The reason in words.")] | UnsetType = UNSET
    hint: Annotated[str, Meta(description="How to resolve it.")] | UnsetType = UNSET


class ReasonView(View, frozen=True):
    """A constraint, and how many offerings and nodes it refuses by itself."""

    constraint: Annotated[
        str,
        Meta(
            description="A plugin of kube-scheduler, or Admission, SchedulingGates, NotSupported, "
            "NodePool or NodePoolLimits."
        ),
    ]
    offerings: Annotated[
        Count, Meta(description="How many offerings and existing nodes it refuses by itself.")
    ]
    detail: ReasonDetailView


def reason_views(reasons: Iterable[Reason]) -> tuple[ReasonView, ...]:
    """Return the views of all reasons, in order."""
    return tuple(
        ReasonView(
            constraint=reason.constraint,
            offerings=reason.offerings,
            detail=reason_detail_view(reason.detail),
        )
        for reason in reasons
    )


def reason_detail_view(detail: Mapping[str, object]) -> ReasonDetailView:
    """Return the view of a reason's detail."""
    return as_view(detail, ReasonDetailView)


def detail_text(detail: ReasonDetailView) -> str:
    """Return the details of a reason as text."""
    if detail.resource is not UNSET:
        after = "" if detail.daemon_sets is UNSET else f" after {detail.daemon_sets} for DaemonSets"
        return (
            f"{detail.resource} {detail.requested} requested, "
            f"at most {detail.largest_available} free{after}"
        )
    if detail.requirements is not UNSET:
        return "; ".join(f"{r.requirement} refuses {r.refuses}" for r in detail.requirements)
    if detail.taints is not UNSET:
        return "; ".join(f"taint {t} not tolerated on {n}" for t, n in detail.taints.items())
    return "" if detail.message is UNSET else detail.message
