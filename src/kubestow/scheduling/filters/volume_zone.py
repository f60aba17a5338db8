"""VolumeZone: a bound volume's zone and region labels must be those of the node.

Source: pkg/scheduler/framework/plugins/volumezone (Kubernetes 1.34). A node without any zone or
region label passes.
"""

import numpy as np

from kubestow.model import labels as names
from kubestow.model.selectors import SelectorRequirement
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.filters.volume_restrictions import real_claims
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal

NAME = "VolumeZone"
REASON = "node(s) had no available volume zone"
NO_CLASS = "PersistentVolumeClaim had no pv name and storageClass name"
NO_NAME = "PersistentVolume had no name"
CURRENT = {
    "failure-domain.beta.kubernetes.io/zone": names.ZONE,
    "failure-domain.beta.kubernetes.io/region": names.REGION,
    names.ZONE: names.ZONE,
    names.REGION: names.REGION,
}


def unsolvable(context: PodContext) -> str:
    """Return why no node can do: a claim that will not lead to a volume by itself."""
    storage, namespace = context.cache.storage, context.kind.namespace
    for name in real_claims(context):
        claim = storage.claim(namespace, name)
        if claim is None:
            return f'persistentvolumeclaim "{name}" not found'
        if claim.volume_name:
            if storage.volume(claim.volume_name) is None:
                return f'persistentvolume "{claim.volume_name}" not found'
            continue
        class_name = storage.class_name(claim)
        if not class_name:
            return NO_CLASS
        storage_class = storage.storage_class(claim)
        if storage_class is None:
            return f'storageclass.storage.k8s.io "{class_name}" not found'
        if not storage_class.waits_for_first_consumer:
            return NO_NAME
    return ""


def applies(context: PodContext) -> bool:
    """Return whether the kind has claims."""
    return bool(context.kind.claims)


def refusals(context: PodContext) -> list[Refusal]:
    """Return the nodes in other zones or regions than the volumes."""
    refused = np.zeros(len(context.index), dtype=bool)
    for name in real_claims(context):
        claim = context.cache.storage.claim(context.kind.namespace, name)
        volume = context.cache.storage.volume(claim.volume_name) if claim else None
        for key, text in volume.labels if volume else ():
            if key in CURRENT:
                refused |= _elsewhere(context, key, text)
    if not refused.any():
        return []
    labelled = np.zeros(len(context.index), dtype=bool)
    for key in CURRENT:
        labelled |= context.index.column(key)[0] >= 0
    return [Refusal(REASON, refused & labelled, True)]


def _elsewhere(context: PodContext, key: str, text: str) -> Mask:
    """Return the nodes whose label, or its current name where it is absent, is not in the set."""
    values = tuple(text.split("__"))
    if any(not value for value in values):
        return np.zeros(len(context.index), dtype=bool)  # not a set of zones: passed over
    inside = context.index.requirement(SelectorRequirement(key, "In", values))
    absent = context.index.column(key)[0] < 0
    current = context.index.requirement(SelectorRequirement(CURRENT[key], "In", values))
    return ~(inside | (absent & current))
