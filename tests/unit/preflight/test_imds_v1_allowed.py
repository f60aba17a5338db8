"""Nodes that answer IMDSv1."""

from kubestow.model.setup import MachineSettings
from kubestow.preflight import imds_v1_allowed as check

from .builders import config, found, group, one, setup, subject, unjudged


def test_a_group_that_allows_version_1() -> None:
    finding = one(check, setup(config_of=config(group(disable_imds_v1=False))))
    assert (finding.severity, finding.fix) == ("warning", "set disableIMDSv1: true")


def test_a_node_class_with_optional_tokens() -> None:
    machine = MachineSettings(subject("EC2NodeClass", "default", ""), http_tokens="optional")
    assert one(check, setup(machines=(machine,))).fix == "set httpTokens: required"


def test_the_defaults_pass() -> None:
    machine = MachineSettings(subject("EC2NodeClass", "default", ""))
    assert found(check, setup(config_of=config(group()), machines=(machine,))) == []
    assert unjudged(check, setup()) == ["no --cluster-config and no EC2NodeClass given"]
