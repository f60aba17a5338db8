"""VolumeBinding: a node must reach the pod's volumes, or be where they can be made or found.

Source: pkg/scheduler/framework/plugins/volumebinding and component-helpers
storage/volume/pv_helpers.go FindMatchingVolume (Kubernetes 1.34).
"""

from collections.abc import Sequence

import numpy as np

from kubestow.model.selectors import NodeSelectorTerm
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.filters.volume_restrictions import real_claims
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal
from kubestow.scheduling.volume_state import NO_PROVISIONER

NAME = "VolumeBinding"
NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind"
NO_SPACE = "node(s) did not have enough free storage"
NO_VOLUME = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
IMMEDIATE = "pod has unbound immediate PersistentVolumeClaims"
Choice = dict[str, str]
"""Claim name to the volume chosen for it."""


def unsolvable(context: PodContext) -> str:
    """Return why no node can do: a claim that is missing, lost, going away or not bound."""
    storage, namespace = context.cache.storage, context.kind.namespace
    own = set(real_claims(context))
    for name in context.kind.claims:
        claim = storage.claim(namespace, name)
        if claim is None:
            if name in own:
                return f'persistentvolumeclaim "{name}" not found'
            return (
                "waiting for ephemeral volume controller to create the persistentvolumeclaim "
                f'"{name}"'
            )
        if claim.is_lost:
            return (
                f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume '
                f'"{claim.volume_name}"'
            )
        if claim.terminating:
            return f'persistentvolumeclaim "{name}" is being deleted'
        if name not in own and context.kind.name not in claim.owner_pods:
            return f'PVC "{namespace}/{name}" was not created for pod "{context.kind.name}"'
    claims = _claims(context)
    if any(not _is_bound(c) and not _is_delayed(context, c) for c in claims):
        return IMMEDIATE
    return ""


def _claims(context: PodContext) -> list[PersistentVolumeClaim]:
    claims = (
        context.cache.storage.claim(context.kind.namespace, name) for name in context.kind.claims
    )
    return [claim for claim in claims if claim is not None]


def _is_bound(claim: PersistentVolumeClaim) -> bool:
    return bool(claim.volume_name) and claim.bind_completed


def _is_delayed(context: PodContext, claim: PersistentVolumeClaim) -> bool:
    storage_class = context.cache.storage.storage_class(claim)
    if claim.volume_name or storage_class is None:
        return False
    return storage_class.waits_for_first_consumer


def waiting(context: PodContext) -> list[PersistentVolumeClaim]:
    """Return the claims that wait for the pod, and look for an existing volume first."""
    return [c for c in _claims(context) if _is_delayed(context, c) and c.selected_node is None]


def reachable(context: PodContext, volume: PersistentVolume) -> Mask:
    """Return the nodes that a volume's node affinity accepts."""
    if volume.node_affinity is None:
        return np.ones(len(context.index), dtype=bool)
    return _any_term(context, volume.node_affinity)


def _any_term(context: PodContext, terms: Sequence[NodeSelectorTerm]) -> Mask:
    nodes = np.zeros(len(context.index), dtype=bool)
    for term in terms:
        nodes |= context.index.term(term, nameless=True)
    return nodes


def applies(context: PodContext) -> bool:
    """Return whether the kind has claims."""
    return bool(context.kind.claims)


def refusals(context: PodContext) -> list[Refusal]:
    """Return the nodes the volumes keep the pod from, by reason."""
    if not context.kind.claims:
        return []
    everywhere = np.ones(len(context.index), dtype=bool)
    out_of_reach, missing = ~everywhere, ~everywhere
    claims = _claims(context)
    for claim in claims:
        if _is_bound(claim):
            volume = context.cache.storage.volume(claim.volume_name)
            if volume is None:
                # The claims after it are not looked at any more.
                missing = ~out_of_reach
                break
            out_of_reach |= ~reachable(context, volume)
    unbound = [claim for claim in claims if not _is_bound(claim)]
    unmatched, full = ~everywhere, ~everywhere
    if unbound:
        unmatched, full = _unbound(context, unbound)
    return [
        Refusal(NODE_CONFLICT, out_of_reach, True),
        Refusal(BIND_CONFLICT, unmatched, True),
        Refusal(NO_SPACE, full, True),
        Refusal(NO_VOLUME, missing, True),
    ]


def _unbound(context: PodContext, claims: list[PersistentVolumeClaim]) -> tuple[Mask, Mask]:
    """Return where claims find neither a volume nor a place to make one, and where no space."""
    names = np.array([node.name for node in context.cache.nodes])
    elsewhere = np.zeros(len(context.index), dtype=bool)
    for claim in claims:
        if claim.selected_node is not None:
            elsewhere |= names != claim.selected_node
    free = [c for c in claims if c.selected_node is None]
    choices = matches(context, free)
    unmatched, full = elsewhere.copy(), np.zeros(len(context.index), dtype=bool)
    for claim in (*(c for c in claims if c.selected_node is not None), *_by_size(free)):
        chosen = np.array([claim.name in choice for choice in choices], dtype=bool)
        asks = ~chosen & ~unmatched & ~full
        cannot, crowded = _provisioning(context, claim)
        unmatched |= asks & cannot
        full |= asks & ~cannot & crowded
    return unmatched, full


def _by_size(claims: list[PersistentVolumeClaim]) -> list[PersistentVolumeClaim]:
    return sorted(claims, key=lambda claim: claim.requested or 0)


def matches(context: PodContext, claims: list[PersistentVolumeClaim]) -> list[Choice]:
    """Return for each node the existing volumes that unbound claims would take there.

    The smallest claim chooses first, the smallest volume that will do; a volume promised to a
    claim comes before all.
    """
    fitting = [(claim, _fitting(context, claim)) for claim in _by_size(claims)]
    nothing: Choice = {}
    if not any(volumes for _, volumes in fitting):
        return [nothing] * len(context.index)
    choices: list[Choice] = []
    for node in range(len(context.index)):
        choice: Choice = {}
        for claim, volumes in fitting:
            taken = set(choice.values())
            for volume, mask, is_promised in volumes:
                if volume.name not in taken and (mask[node] or is_promised):
                    if mask[node]:
                        choice[claim.name] = volume.name
                    break
        choices.append(choice)
    return choices


def _fitting(
    context: PodContext, claim: PersistentVolumeClaim
) -> list[tuple[PersistentVolume, Mask, bool]]:
    """Return the volumes a claim could take, in the order it would: volume, nodes, promised."""
    storage = context.cache.storage
    class_name = storage.class_name(claim)
    fitting = []
    for volume in storage.of_class(class_name):
        promised = _is_promised(volume, claim)
        if volume.claim is not None and not promised:
            continue
        if volume.terminating or volume.capacity < (claim.requested or 0):
            continue
        if (volume.volume_mode, volume.attributes_class) != (
            claim.volume_mode,
            claim.attributes_class,
        ):
            continue
        if not promised:
            if not volume.is_available:
                continue
            if claim.selector is not None and not claim.selector.matches(dict(volume.labels)):
                continue
            if not set(claim.access_modes) <= set(volume.access_modes):
                continue
        fitting.append((volume, reachable(context, volume), promised))
    return sorted(fitting, key=lambda item: (not item[2], item[0].capacity))


def _is_promised(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    if volume.claim is None:
        return False
    namespace, name, uid = volume.claim
    return (namespace, name) == (claim.namespace, claim.name) and uid in ("", claim.uid)


def _provisioning(context: PodContext, claim: PersistentVolumeClaim) -> tuple[Mask, Mask]:
    """Return where no volume can be made for a claim, and where there is no space for it."""
    nowhere = np.zeros(len(context.index), dtype=bool)
    storage_class = context.cache.storage.storage_class(claim)
    if storage_class is None or storage_class.provisioner in ("", NO_PROVISIONER):
        return ~nowhere, nowhere
    cannot = nowhere
    if storage_class.allowed_topologies:
        cannot = ~_allowed(context, storage_class)
    return cannot, ~_has_space(context, claim, storage_class)


def _allowed(context: PodContext, storage_class: StorageClass) -> Mask:
    """Return the nodes that allowedTopologies accept: an empty term accepts none."""
    return _any_term(context, storage_class.allowed_topologies)


def _has_space(
    context: PodContext, claim: PersistentVolumeClaim, storage_class: StorageClass
) -> Mask:
    everywhere = np.ones(len(context.index), dtype=bool)
    cluster = context.cache.cluster
    if claim.requested is None or storage_class.provisioner not in cluster.capacity_drivers:
        return everywhere
    spacious = ~everywhere
    for capacity in cluster.storage_capacities:
        if capacity.storage_class != storage_class.name or capacity.topology is None:
            continue
        if capacity.largest is None or capacity.largest < claim.requested:
            continue
        mask = everywhere
        for item in capacity.topology.requirements:
            mask = mask & context.index.requirement(item)
        spacious |= mask
    return spacious
