"""What is known about a cluster beside its manifests, from options."""

import json
from datetime import date
from pathlib import Path

import pytest

from kubestow.adapters.setup_files import SetupReading, read_setup_files
from kubestow.cli.setup_options import SetupOptions
from kubestow.model.finding import Subject
from kubestow.model.input_error import InputError
from kubestow.model.setup import CheckedContainer, CheckedWorkload, Setup
from kubestow.model.snapshot import Cluster
from kubestow.testing import GENERAL, catalog, pod

CONFIG = (
    "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: %s, region: eu-west-1}\n"
)
WORKLOAD = CheckedWorkload(
    Subject("Deployment", "web", "shop"),
    1,
    pod("web").template,
    containers=(CheckedContainer("web", "", image="web:1"),),
)
SETUP = Setup(Cluster(), catalog(*GENERAL), date(2026, 1, 1), workloads=(WORKLOAD,))


def written(directory: Path, name: str, text: str) -> str:
    path = directory / name
    path.write_text(text)
    return str(path)


def reading(*paths: str) -> SetupReading:
    return read_setup_files(list(paths))


def test_a_cluster_config_is_named_or_among_the_manifests(tmp_path: Path) -> None:
    one = written(tmp_path, "one.yaml", CONFIG % "one")
    pods = written(tmp_path, "pod.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")
    for read, named in ((reading(one), ()), (reading(pods), (one,))):
        config = SetupOptions.config_of(read, named)
        assert config is not None
        assert (config.subject.name, config.region) == ("one", "eu-west-1")
    assert SetupOptions.config_of(reading(pods), ()) is None


def test_two_cluster_configs_are_a_mistake_that_names_both(tmp_path: Path) -> None:
    one = written(tmp_path, "one.yaml", CONFIG % "one")
    two = written(tmp_path, "two.yaml", CONFIG % "two")
    with pytest.raises(InputError) as error:
        SetupOptions.config_of(reading(one), (two,))
    assert all(name in error.value.message for name in ("one.yaml", "two.yaml"))


def test_without_options_nothing_is_known_of_subnets_and_platforms() -> None:
    options = SetupOptions()
    assert options.network(None, "eu-west-1") is None
    assert options.with_platforms(SETUP) is SETUP


def test_subnets_of_several_files_are_known_together(tmp_path: Path) -> None:
    files = [
        written(tmp_path, f"{zone}.json", json.dumps({"Subnets": [
            {"SubnetId": f"subnet-{zone}", "AvailabilityZone": zone, "CidrBlock": "10.0.0.0/24",
             "AvailableIpAddressCount": 5, "MapPublicIpOnLaunch": False}
        ]}))
        for zone in ("eu-west-1a", "eu-west-1b")
    ]  # fmt: skip
    network = SetupOptions(subnets=files).network(None, "eu-west-1")
    assert network is not None
    assert [subnet.zone for subnet in network.subnets] == ["eu-west-1a", "eu-west-1b"]


def test_the_platforms_of_an_image_are_those_of_its_layout(tmp_path: Path) -> None:
    manifest = {"platform": {"os": "linux", "architecture": "arm64"}}
    written(tmp_path, "index.json", json.dumps({"manifests": [manifest]}))
    setup = SetupOptions(oci_layout=[f"web:1={tmp_path}"]).with_platforms(SETUP)
    assert setup.platforms == {"web:1": ("linux/arm64",)}
