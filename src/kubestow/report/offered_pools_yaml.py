"""NodePools and EC2NodeClasses made from node groups, as YAML; what is not known is marked.

A mark is a value with FILL-IN in it: no such role, subnet or group exists, so
that a file in which one was forgotten launches nothing.
"""

from kubestow.model import labels as names
from kubestow.report.yaml_text import YamlMapping, yaml_text
from kubestow.views.adoption_view import AdoptionView, OfferedPoolView

MARK = "FILL-IN"
_CONSOLIDATE_AFTER = "1m"


def offered_pools_yaml(adoption: AdoptionView) -> str:
    """Return the objects as YAML, with comments on what is to be filled in."""
    documents: list[YamlMapping] = []
    for pool in adoption.offered:
        documents += [_pool(pool), _node_class(pool, adoption.eks_cluster)]
    return yaml_text(
        [
            f"Made by kubestow adopt from the node groups of {adoption.eks_cluster}.",
            f"Replace each value that has {MARK} in it, and check the rest: types, zones",
            "and capacity types are those that nodes had, labels and taints those that all of a",
            "group's nodes had. Subnets and security groups are chosen by the tag",
            "karpenter.sh/discovery: give yours this tag, or list their ids.",
        ],
        documents,
    )


def _pool(pool: OfferedPoolView) -> YamlMapping:
    requirements = [
        {"key": key, "operator": "In", "values": list(values)}
        for key, values in (
            (names.OS, ("linux",)),
            (names.INSTANCE_TYPE, pool.instance_types),
            (names.ZONE, pool.zones),
            (names.CAPACITY_TYPE, pool.capacity_types),
        )
        if values
    ]
    template: YamlMapping = {"metadata": {"labels": dict(pool.labels)}} if pool.labels else {}
    taints = [
        {
            key: text
            for key, text in (("key", t.key), ("value", t.value), ("effect", t.effect))
            if text
        }
        for t in pool.taints
    ]
    template["spec"] = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": pool.name},
        "requirements": requirements,
        **({"taints": taints} if taints else {}),
    }
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": pool.name},
        "spec": {
            "template": template,
            "disruption": {
                "consolidationPolicy": "WhenEmptyOrUnderutilized",
                "consolidateAfter": _CONSOLIDATE_AFTER,
            },
        },
    }


def _node_class(pool: OfferedPoolView, cluster: str) -> YamlMapping:
    discovery = [{"tags": {"karpenter.sh/discovery": cluster}}]
    subnets = [{"id": name} for name in pool.subnets]
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": pool.name},
        "spec": {
            "role": pool.role or f"{MARK}-NODE-ROLE",
            "amiSelectorTerms": [{"alias": pool.ami_alias or f"al2023@{MARK}-VERSION"}],
            "subnetSelectorTerms": subnets or discovery,
            "securityGroupSelectorTerms": discovery,
        },
    }
