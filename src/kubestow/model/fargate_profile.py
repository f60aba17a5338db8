"""Fargate profiles: which pods run on Fargate.

Law: values; a selector's namespace and labels may hold the wildcards * and ?. Source: EKS user
guide, "Define which Pods use AWS Fargate when launched".
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from kubestow.model.pod import Pod


@dataclass(frozen=True, slots=True)
class Profile:
    """A Fargate profile: its name and selectors, each a namespace and labels, with wildcards."""

    name: str
    selectors: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    def selects(self, pod: Pod) -> bool:
        """Tell whether any selector matches a pod."""
        labels = dict(pod.labels)
        return any(
            fnmatchcase(pod.namespace, namespace)
            and all(key in labels and fnmatchcase(labels[key], value) for key, value in wanted)
            for namespace, wanted in self.selectors
        )
