"""ClusterConfigs in a line: config() of further fields, group() of one managed group's."""

from typing import Any

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.eksctl.config_file import EksctlConfig, read_config
from kubestow.adapters.eksctl.node_group import EksctlNodeGroup

HEAD = {"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "metadata": {"name": "demo"}}


def config(**fields: Any) -> EksctlConfig:
    """Read a ClusterConfig of these fields, from c.yaml."""
    value = HEAD | fields
    encoded = msgspec.json.encode(value)
    return read_config(Document("c.yaml", value["kind"], value["apiVersion"], encoded))


def group(**fields: Any) -> EksctlNodeGroup:
    """Read a managed node group of these fields."""
    (made,) = config(managedNodeGroups=[{"name": "workers"} | fields]).groups
    return made
