"""Change-overs of small clusters, for the tests of their views and reports."""

from typing import Any

from tests.unit.adoption.clusters import (
    deployment,
    objects_of,
    own_node,
    under_autoscaler,
    under_karpenter,
)
from tests.unit.live.objects import Object, node, observed, pod

from kubestow.model.adoption import REPLICAS_BEFORE, SIZES_BEFORE
from kubestow.model.reporter import SilentReporter
from kubestow.usecases.adopt import AdoptRequest, adopt
from kubestow.views.adoption_commands import AdoptionSettings
from kubestow.views.adoption_view import AdoptionView, adoption_view

SETTINGS = AdoptionSettings(repository="registry/kubestow", pool_files={})


def view(items: list[Object], settings: AdoptionSettings = SETTINGS, **more: Any) -> AdoptionView:
    request = AdoptRequest(
        observed=observed(*items), objects=objects_of(items), eks_cluster="shop",
        classes=frozenset({"general"}), **more,
    )  # fmt: skip
    adoption = adopt(request, SilentReporter())
    return adoption_view(adoption, settings, assumptions=("a",), price_sources=("p",))


def from_karpenter(**more: Any) -> AdoptionView:
    return view(under_karpenter(), **more)


def from_autoscaler(**more: Any) -> AdoptionView:
    return view(under_autoscaler(), **more)


def back_to(manager: str, **notes: str) -> AdoptionView:
    annotations = {REPLICAS_BEFORE: "3", **({SIZES_BEFORE: notes["sizes"]} if notes else {})}
    return view(
        [own_node("own-1"), own_node("own-2"), node("system-1", group="system"),
         *(pod(f"web-{number}", f"own-{number}") for number in (1, 2)),
         deployment(manager, replicas=0, annotations=annotations)],
        back=True,
    )  # fmt: skip


def commands(found: AdoptionView, *phases: str) -> list[str]:
    return [
        c for step in found.runbook if step.phase in phases or not phases for c in step.commands
    ]
