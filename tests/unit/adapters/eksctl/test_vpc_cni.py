"""The vpc-cni add-on's settings."""

import pytest

from kubestow.adapters.eksctl.vpc_cni import networking
from kubestow.adapters.eksctl.wire import AddonShape
from kubestow.adapters.field_error import FieldError
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


@pytest.mark.parametrize(
    "values",
    ["a: 1\na: 1", "x: .nan", '{"a": ' + "[" * 100_000, "~: 1", "x: !!int y", "a: [", "{{"],
)
def test_text_that_cannot_be_read_is_an_error_of_its_field(values: str) -> None:
    with pytest.raises(FieldError, match="is neither JSON nor YAML") as caught:
        networking([AddonShape("vpc-cni", configuration_values=values)])
    assert caught.value.field == "addons[0].configurationValues"
