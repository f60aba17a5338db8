"""The vpc-cni add-on's settings."""

import pytest

from kubestow.model.nodepool import Networking

from .builders import config


@pytest.mark.parametrize(
    "values",
    ['{"env": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"}}',
     "env:\n  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true'",
     {"env": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": True}}],
)  # fmt: skip
def test_the_vpc_cni_is_configured_by_text_or_mapping(values: object) -> None:
    made = config(addons=[{"name": "vpc-cni", "configurationValues": values}])
    assert made.networking == Networking(custom_networking=True)


@pytest.mark.parametrize("values", [None, "", "{}", {"env": None}, "- a"])
def test_without_variables_the_defaults_hold(values: object) -> None:
    addons = [{"name": "coredns"}, {"name": "vpc-cni", "configurationValues": values}]
    assert config(addons=addons).networking == Networking()
    assert config().networking == Networking()
