"""Fargate profiles: which pods run on Fargate.

In a selector's namespace and labels, * matches any characters and ? matches one.
Source: EKS user guide, "Define which Pods use AWS Fargate when launched".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PROFILE_LABEL = "eks.amazonaws.com/fargate-profile"


@dataclass(frozen=True, slots=True)
class FargateSelector:
    """A Fargate profile's selector: a namespace and labels, both with * and ?."""

    namespace: str
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FargateProfile:
    """A Fargate profile; ``field`` is its path in the file."""

    name: str
    field: str
    selectors: tuple[FargateSelector, ...] = ()
    subnets: tuple[str, ...] = ()

    def selects(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Return whether a selector matches pods with this namespace and these labels."""
        return any(
            _like(item.namespace, namespace)
            and all(key in labels and _like(text, labels[key]) for key, text in item.labels)
            for item in self.selectors
        )


def selecting(
    profiles: Iterable[FargateProfile], namespace: str, labels: Mapping[str, str]
) -> tuple[FargateProfile, ...]:
    """Return the profiles that select pods, the effective one first: by label, then by name."""
    matching = [profile for profile in profiles if profile.selects(namespace, labels)]
    named = labels.get(PROFILE_LABEL)
    return tuple(sorted(matching, key=lambda profile: (profile.name != named, profile.name)))


def _like(pattern: str, text: str) -> bool:
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, text) is not None
