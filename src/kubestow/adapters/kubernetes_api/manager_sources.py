"""What is asked of a running cluster to know who manages its nodes: NodeClaims, and three Leases.

Leases are read one by one, since kube-node-lease has one for each node. What may not be read is
told in words.
"""

from collections.abc import Iterable, Iterator

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.managers import (
    AUTOSCALER_LEASE,
    KARPENTER_LEASE,
    OWN_LEASE,
    manager_objects,
)
from kubestow.adapters.kubernetes_api.api_hand import Answer, ApiHand
from kubestow.model.adoption import SEEN_NAMESPACES, Manager, ManagerObjects

_CLAIMS, _LEASES = "/apis/karpenter.sh/v1/nodeclaims", "/apis/coordination.k8s.io/v1/namespaces"
_OWN_NAMESPACE = "kube-system"


def managers_of(
    hand: ApiHand, documents: Iterable[Document], unread: Iterable[str] = ()
) -> ManagerObjects:
    """Return what a cluster, of which ``documents`` were listed, shows of its managers."""
    listed = list(documents)
    seen = manager_objects(listed, is_live=True)
    missing = list(unread)
    found = [*_claims(hand, missing), *_leases(hand, seen, missing)]
    return manager_objects([*listed, *found], is_live=True, unread=missing)


def _claims(hand: ApiHand, missing: list[str]) -> Iterator[Document]:
    answer, found = hand.read(_CLAIMS)
    if found is None:
        if answer is not Answer.GONE:
            missing.append(f"NodeClaims (karpenter.sh) may not be listed ({answer})")
        return
    for item in found.get("items") or ():
        yield _document("NodeClaim", "karpenter.sh/v1", item)


def _leases(hand: ApiHand, seen: ManagerObjects, missing: list[str]) -> Iterator[Document]:
    own = {manager: [item.namespace for item in seen.deployments if item.manager is manager]
           for manager in Manager}  # fmt: skip
    wanted = {
        *((space, KARPENTER_LEASE) for space in (*SEEN_NAMESPACES, *own[Manager.KARPENTER])),
        *((space, AUTOSCALER_LEASE)
          for space in (_OWN_NAMESPACE, *own[Manager.CLUSTER_AUTOSCALER])),
        *((space, OWN_LEASE) for space in (_OWN_NAMESPACE, *own[Manager.KUBESTOW])),
    }  # fmt: skip
    for space, name in sorted(wanted):
        answer, found = hand.read(f"{_LEASES}/{space}/leases/{name}")
        if found is not None:
            yield _document("Lease", "coordination.k8s.io/v1", found)
        elif answer is not Answer.GONE:
            missing.append(f"the Lease {space}/{name} may not be read ({answer})")


def _document(kind: str, version: str, item: object) -> Document:
    return Document("the cluster", kind, version, msgspec.json.encode(item))
