"""ClusterConfigs as the checks see them."""

from pathlib import Path
from typing import Any

import pytest

from kubestow.adapters.eksctl.checked_config import cluster_config, read_cluster_config
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import Networking
from kubestow.model.setup import ClusterConfig, NodeGroup
from kubestow.model.taints import Taint

from .builders import config as read

ROOT = Path(__file__).parents[4]


def config(**fields: Any) -> ClusterConfig:
    return cluster_config(read(**fields))


def group(**fields: Any) -> NodeGroup:
    (made,) = config(managedNodeGroups=[{"name": "workers"} | fields]).groups
    return made


def test_the_example_is_read() -> None:
    found = read_cluster_config(str(ROOT / "examples" / "check" / "eksctl.yaml"))
    workers, graviton = found.groups
    assert (found.region, found.version) == ("ap-northeast-2", "1.33")
    assert found.zones == ("ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2c")
    assert found.networking == Networking(prefix_delegation=True)
    assert workers.instance_types == ("t3a.2xlarge",)
    assert (workers.desired, workers.minimum, workers.maximum) == (4, 2, 6)
    assert (workers.volume_type, workers.ami_family) == ("gp2", "AmazonLinux2")
    assert (graviton.volume_encrypted, graviton.private_networking) == (True, True)
    assert found.profiles[0].selectors[0].namespace == "logging"


def test_sizes_and_types_that_are_not_said_are_eksctls_own() -> None:
    assert (group().desired, group().minimum, group().maximum) == (2, 2, 2)
    assert group().instance_types == ("m5.large",)
    assert group().ami_family == "AmazonLinux2023"
    sized = group(minSize=3, maxSize=9)
    assert (sized.desired, sized.minimum, sized.maximum) == (3, 3, 9)


def test_types_that_a_selector_or_a_template_chooses_are_not_known() -> None:
    assert group(instanceSelector={"vCPUs": 2}).instance_types == ()
    assert group(launchTemplate={"id": "lt-1"}).instance_types == ()
    assert group(launchTemplate={"id": "lt-1"}).has_template
    assert group(instanceTypes=["a.x", "b.x", "a.x"]).instance_types == ("a.x", "b.x")


def test_a_self_managed_group_mixes_types_and_writes_taints_as_text() -> None:
    made = config(
        nodeGroups=[
            {
                "name": "mixed",
                "instanceType": "mixed",
                "instancesDistribution": {
                    "instanceTypes": ["m5.large", "m5a.large"],
                    "onDemandBaseCapacity": 0,
                    "onDemandPercentageAboveBaseCapacity": 0,
                },
                "taints": {"special": "true:NoSchedule", "plain": ":NoExecute"},
            }
        ]
    )
    (found,) = made.groups
    assert (found.is_managed, found.field, found.spot) == (False, "nodeGroups[0]", True)
    assert found.instance_types == ("m5.large", "m5a.large")
    assert found.taints == (Taint("special", "true", "NoSchedule"), Taint("plain", "", "NoExecute"))


def test_a_private_cluster_has_the_endpoints_eksctl_makes() -> None:
    made = config(privateCluster={"enabled": True, "additionalEndpointServices": ["logs"]})
    assert made.is_private
    assert made.endpoints == ("ec2", "ecr.api", "ecr.dkr", "s3", "sts", "logs")
    skipped = config(privateCluster={"enabled": True, "skipEndpointCreation": True})
    assert skipped.endpoints == ()


def test_subnets_are_in_the_zone_they_say_or_are_keyed_by() -> None:
    subnets = {
        "private": {"a": {"id": "s-1", "az": "zone-a"}, "us-east-1b": {"id": "s-2"}},
        "public": {"us-east-1c": None, "app-one": {"id": "s-3"}},
    }
    made = config(vpc={"subnets": subnets})
    assert made.private_subnets == (("zone-a", "s-1"), ("us-east-1b", "s-2"))
    assert made.public_subnets == (("us-east-1c", "us-east-1c"), ("", "s-3"))


def test_a_file_of_two_configs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    one = "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: a}\n"
    path.write_text(f"{one}---\n{one}")
    with pytest.raises(InputError, match="2 ClusterConfigs"):
        read_cluster_config(str(path))


def test_a_field_that_no_group_has_ends_the_check(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    head = "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: a}\n"
    path.write_text(head + "nodeGroups: [{name: own, somethingNew: 3}]")
    with pytest.raises(InputError, match=r"nodeGroups\[0\].somethingNew: is not a field"):
        read_cluster_config(str(path))
