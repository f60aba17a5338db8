"""Bottlerocket's settings: the user's, with ours over them."""

import tomllib
from typing import Any

import pytest

from kubestow.adapters.aws.bottlerocket_settings import bottlerocket_settings
from kubestow.adapters.aws.eks_cluster import EksCluster
from kubestow.model.input_error import InputError
from kubestow.model.launch_class import ImageTerm, KubeletSettings, LaunchClass, PlaceTerm
from kubestow.model.taints import Taint

CLUSTER = EksCluster("shop", "https://api.example", "Q0E=", "10.100.0.0/16", "1.34")
EVERYWHERE = (PlaceTerm(tags=(("cluster", "shop"),)),)


def settings(
    text: str = "", kubelet: KubeletSettings | None = None, *, raid0: bool = False
) -> dict[str, Any]:
    launch_class = LaunchClass(
        "web", "Bottlerocket", (ImageTerm(alias="bottlerocket@latest"),), EVERYWHERE, EVERYWHERE,
        role="nodes", user_data=text, raid0_instance_store=raid0,
    )  # fmt: skip
    made = bottlerocket_settings(
        launch_class,
        CLUSTER,
        kubelet or KubeletSettings(),
        {"karpenter.sh/nodepool": "web"},
        [Taint("t", "", "NoSchedule"), Taint("t", "v", "NoExecute")],
    )
    found: dict[str, Any] = tomllib.loads(made)["settings"]
    return found


def test_the_settings_of_a_class_without_user_data() -> None:
    assert settings() == {
        "kubernetes": {
            "api-server": "https://api.example",
            "cluster-certificate": "Q0E=",
            "cluster-name": "shop",
            "cluster-dns-ip": "10.100.0.10",
            "node-labels": {"karpenter.sh/nodepool": "web"},
            "node-taints": {"t": [":NoSchedule", "v:NoExecute"]},
        }
    }


def test_all_settings_of_kubelet_have_their_name() -> None:
    kubelet = KubeletSettings(
        ("10.0.0.10", "10.0.0.11"), 42, 4, (("cpu", "100m"),), (("memory", "1Gi"),),
        (("memory.available", "5%"),), (("memory.available", "1Gi"),),
        (("memory.available", "1m30s"),), 60, 80, 70, False,
    )  # fmt: skip
    found = settings("", kubelet)["kubernetes"]
    assert {key: found[key] for key in sorted(found) if key not in settings()["kubernetes"]} == {
        "cpu-cfs-quota-enforced": False,
        "eviction-hard": {"memory.available": "5%"},
        "eviction-max-pod-grace-period": 60,
        "eviction-soft": {"memory.available": "1Gi"},
        "eviction-soft-grace-period": {"memory.available": "1m30s"},
        "image-gc-high-threshold-percent": "80",
        "image-gc-low-threshold-percent": "70",
        "kube-reserved": {"memory": "1Gi"},
        "max-pods": 42,
        "system-reserved": {"cpu": "100m"},
    }
    assert found["cluster-dns-ip"] == ["10.0.0.10", "10.0.0.11"]


def test_ours_win_where_they_say_what_the_node_is_and_the_rest_stays_the_user_s() -> None:
    found = settings(
        "[settings.kubernetes]\ncluster-name = 'other'\nmax-pods = 9\n"
        "allowed-unsafe-sysctls = ['a']\n"
        "[settings.kubernetes.node-labels]\nown = 'x'\n'karpenter.sh/nodepool' = 'other'\n"
        "[settings.kubernetes.node-taints]\nown = ['x:NoSchedule']\n"
        "[settings.autoscaling]\nshould-wait = true\n[settings.ntp]\ntime-servers = ['a']\n"
    )
    kubernetes = found["kubernetes"]
    assert (kubernetes["cluster-name"], kubernetes["max-pods"]) == ("shop", 9)
    assert kubernetes["allowed-unsafe-sysctls"] == ["a"]
    assert kubernetes["node-labels"] == {"own": "x", "karpenter.sh/nodepool": "web"}
    assert "own" not in kubernetes["node-taints"]
    assert found["autoscaling"] == {"should-wait": False}
    assert found["ntp"] == {"time-servers": ["a"]}


def test_the_user_s_address_of_kube_dns_counts_unless_the_class_names_one() -> None:
    own = "[settings.kubernetes]\ncluster-dns-ip = '169.254.20.10'\n"
    assert settings(own)["kubernetes"]["cluster-dns-ip"] == "169.254.20.10"
    named = settings(own, KubeletSettings(("10.0.0.10",)))
    assert named["kubernetes"]["cluster-dns-ip"] == "10.0.0.10"


def test_instance_stores_are_mounted_before_the_user_s_commands() -> None:
    user = (
        "[settings.bootstrap-commands.own]\ncommands = [['apiclient', 'reboot']]\nmode = 'once'\n"
    )
    commands = settings(user, raid0=True)["bootstrap-commands"]
    assert sorted(commands) == ["000-mount-instance-storage", "own"]
    assert commands["000-mount-instance-storage"]["commands"][0][-1] == "init"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#!/bin/bash\nx", "is not valid TOML"),
        ("settings = 1", "settings is not a table"),
        ("[settings]\nkubernetes = 'x'", "kubernetes is not a table"),
        ("[settings.kubernetes]\nnode-labels = 1", "node-labels is not a table"),
    ],
)
def test_user_data_that_cannot_be_merged_is_an_error_that_names_the_class(
    text: str, message: str
) -> None:
    with pytest.raises(InputError, match=r"spec\.userData of EC2NodeClass web") as refusal:
        settings(text)
    assert message in refusal.value.message
    assert "TOML" in refusal.value.hint
