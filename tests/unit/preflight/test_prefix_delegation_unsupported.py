"""Prefix delegation on types that are not Nitro."""

from kubestow.model.nodepool import WantedNetworking
from kubestow.preflight import prefix_delegation_unsupported as check

from .builders import config, found, group, one, setup

PREFIXES = WantedNetworking(prefix_delegation=True)


def test_a_type_that_is_not_nitro_gets_single_addresses() -> None:
    finding = one(check, setup(config_of=config(group("old", "t2.medium"), networking=PREFIXES)))
    assert finding.severity == "error"
    assert finding.reason == (
        "not Nitro: t2.medium; the VPC CNI assigns single addresses on such nodes, for as few as "
        "17 pods"
    )


def test_nitro_types_pass_and_so_does_everything_without_prefixes() -> None:
    assert found(check, setup(config_of=config(group()), networking=PREFIXES)) == []
    assert found(check, setup(config_of=config(group("old", "t2.medium")))) == []
