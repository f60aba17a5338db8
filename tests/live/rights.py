"""Rights that roles give, which requests only one of them allows, and a scene that wants rare ones.

Law: a right is needed where some request was allowed by it and by no other; what is not in the log
is not needed as far as the log goes. Source: Kubernetes documentation, "Using RBAC Authorization"
(rules add up; resourceNames do not restrict create).
"""

from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

from tests.differential.api import Client
from tests.differential.audit import AuditedRequest
from tests.differential.model import Object

from kubestow.model.labels import INSTANCE_TYPE

REFUSED = 403
NAMESPACE = "rights"
NOWHERE = "nowhere"


class Right(NamedTuple):
    """One verb for one resource, as in pods or coordination.k8s.io/leases.

    It is for every object where ``name`` is empty, in every namespace where ``namespace`` is.
    """

    verb: str
    resource: str
    name: str
    namespace: str

    def allows(self, request: AuditedRequest) -> bool:
        """Return whether a request needs nothing but this right."""
        return (
            (self.verb, self.resource) == (request.verb, request.resource)
            and self.name in ("", request.name)
            and self.namespace in ("", request.namespace)
        )


def rights(roles: Iterable[Object]) -> list[Right]:
    """Return every right of ClusterRoles and Roles, once for each time that it is given."""
    return [
        Right(
            verb,
            f"{group}/{resource}" if group else resource,
            name,
            role["metadata"].get("namespace", ""),
        )
        for role in roles
        for rule in role["rules"]
        for group, resource, name, verb in product(
            rule["apiGroups"], rule["resources"], rule.get("resourceNames") or [""], rule["verbs"]
        )
    ]


def not_needed(
    wanted: Iterable[Right], given: Iterable[Right], requests: Iterable[AuditedRequest]
) -> list[Right]:
    """Return which of some rights no request needed, among all the rights that are ``given``."""
    everything = list(given)
    alone = set()
    for request in requests:
        allowing = [right for right in everything if right.allows(request)]
        if request.status != REFUSED and len(allowing) == 1:
            alone.add(allowing[0])
    return [right for right in wanted if right not in alone]


def _pod(name: str, **spec: object) -> Object:
    container = {"name": "main", "image": "app:1", "resources": {"requests": {"cpu": "1"}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"containers": [container], **spec},
    }


def fits_nowhere() -> list[Object]:
    """Return a pod of which each controller tells anew why it waits."""
    return [_pod(NOWHERE, nodeSelector={INSTANCE_TYPE: "none"})]


def first_consumer() -> list[Object]:
    """Return a pod whose claim waits for it. It wants a node of a type that is not there yet."""
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "late"}}
    return [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "late"},
            "provisioner": "ebs.csi.aws.com",
            "volumeBindingMode": "WaitForFirstConsumer",
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "late", "namespace": NAMESPACE},
            "spec": {
                "storageClassName": "late",
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "5Gi"}},
            },
        },
        _pod("data", volumes=[claim], nodeSelector={INSTANCE_TYPE: "r5.8xlarge"}),
    ]


def not_settled(api: Client) -> list[str]:
    """Return which pods that could run do not, or do on nodes that are gone."""
    there = {node["metadata"]["name"] for node in api.objects("Node")}
    return [
        pod["metadata"]["name"]
        for pod in api.objects("Pod")
        if pod["spec"].get("nodeName") not in there or pod["status"]["phase"] != "Running"
        if pod["metadata"]["name"] != NOWHERE
    ]


def node_of(api: Client, app: str) -> str:
    """Return a node that a pod of an app is on."""
    return min(
        pod["spec"].get("nodeName", "")
        for pod in api.objects("Pod")
        if pod["metadata"].get("labels", {}).get("app") == app
    )
