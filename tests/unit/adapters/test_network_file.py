"""Subnets files: kubestow's own shape and the AWS command line's."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from kubestow.adapters.network_file import read_network
from kubestow.model.input_error import InputError
from kubestow.model.setup import Subnet

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "network.v1alpha1.json").read_text())
EXAMPLE = ROOT / "examples" / "check" / "subnets.yaml"
HEAD = "apiVersion: kubestow.dev/v1alpha1\nkind: Network\n"


def test_the_example_is_read_and_keeps_to_the_schema() -> None:
    jsonschema.validate(yaml.safe_load(EXAMPLE.read_text()), SCHEMA)
    found = read_network([str(EXAMPLE)])
    assert found.subnets[0] == Subnet(
        "subnet-0a11", "ap-northeast-2a", "10.0.0.0/26", 59, False, True
    )
    assert found.endpoints == ("ec2", "ecr.api", "ecr.dkr", "s3", "sts")


def test_what_the_aws_command_line_prints_is_read_and_files_add_up(tmp_path: Path) -> None:
    subnet = {
        "SubnetId": "subnet-1", "AvailabilityZone": "zone-a", "CidrBlock": "10.0.0.0/24",
        "AvailableIpAddressCount": 250, "MapPublicIpOnLaunch": True, "VpcId": "vpc-1",
        "Tags": [{"Key": "kubernetes.io/role/elb", "Value": "1"}],
    }  # fmt: skip
    inner = subnet | {
        "SubnetId": "subnet-2", "Tags": [{"Key": "kubernetes.io/role/internal-elb", "Value": "1"}]
    }  # fmt: skip
    bare = {key: value for key, value in subnet.items() if key != "Tags"} | {"SubnetId": "subnet-3"}
    (tmp_path / "s.json").write_text(json.dumps({"Subnets": [subnet, inner, bare]}))
    endpoints = [
        {"ServiceName": "com.amazonaws.ap-northeast-2.ecr.api", "State": "available"},
        {"ServiceName": "com.amazonaws.ap-northeast-2.sts", "State": "deleting"},
    ]
    (tmp_path / "e.json").write_text(json.dumps({"VpcEndpoints": endpoints}))
    found = read_network([str(tmp_path / "s.json"), str(tmp_path / "e.json")])
    assert [s.is_public for s in found.subnets] == [True, False, None]
    assert found.subnets[0].available_addresses == 250
    assert found.endpoints == ("ecr.api",)
    assert read_network([str(tmp_path / "s.json")]).endpoints is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("kind: Subnets", "expected kind Network, found Subnets"),
        (HEAD + "subnets: [{id: a, zone: b}]", "missing required field `availableAddresses`"),
        (HEAD + "subnets: [{id: a, zone: b, availableAddresses: -1}]", "-1 is negative"),
        (HEAD + "subnet: []", "unknown field subnet"),
        (HEAD + "subnets: [{id: a, zone: b, availableAddresses: lots}]", "availableAddresses"),
        ("Subnets: [{SubnetId: a}]", "AvailabilityZone"),
    ],
)
def test_a_mistake_names_the_file_and_the_field(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "n.yaml"
    path.write_text(content)
    with pytest.raises(InputError) as mistake:
        read_network([str(path)])
    assert mistake.value.message.startswith(f"{path}: ")
    assert message in mistake.value.message
    assert mistake.value.hint
