"""Fargate profiles of a ClusterConfig.

Source: eksctl's validation.go: a profile has a name and selectors, a selector has a namespace.
"""

from collections.abc import Sequence

from kubestow.adapters.eksctl.wire import ProfileShape
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.fields import pairs
from kubestow.model.fargate_profile import FargateProfile, FargateSelector


def fargate_profiles(shapes: Sequence[ProfileShape] | None) -> tuple[FargateProfile, ...]:
    """Return the profiles; raise FieldError where one says too little."""
    return tuple(
        _profile(shape, f"fargateProfiles[{number}]") for number, shape in enumerate(shapes or ())
    )


def _profile(shape: ProfileShape, field: str) -> FargateProfile:
    if not shape.name:
        raise FieldError(f"{field}.name", "is missing", "name the profile")
    if not shape.selectors:
        raise FieldError(f"{field}.selectors", "is empty", "select at least one namespace")
    selectors = []
    for number, selector in enumerate(shape.selectors):
        if not selector.namespace:
            raise FieldError(
                f"{field}.selectors[{number}].namespace", "is missing", "name the namespace"
            )
        selectors.append(FargateSelector(selector.namespace, pairs(selector.labels)))
    return FargateProfile(shape.name, field, tuple(selectors), tuple(shape.subnets or ()))
