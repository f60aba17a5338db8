"""Kubelet settings of Bottlerocket groups."""

import pytest
from tests.unit.adapters.eksctl.builders import group

from kubestow.adapters.eksctl.bottlerocket_settings import kubelet_settings, unread_setting
from kubestow.adapters.field_error import FieldError


def test_settings_are_kubelets_with_dashes() -> None:
    named = {"max-pods": 9, "eviction-hard": {"memory.available": "5%"}, "log-level": 3}
    shape = group(bottlerocket={"settings": {"kubernetes": named}}).shape
    found = kubelet_settings(shape, "f")
    assert found is not None
    assert (found.max_pods, found.eviction_hard) == (9, {"memory.available": "5%"})
    assert unread_setting(shape) == ""


def test_without_settings_there_is_nothing_to_read() -> None:
    shape = group(bottlerocket={"settings": {"motd": "hi"}}).shape
    assert kubelet_settings(shape, "f") is None
    assert unread_setting(shape) == ""


def test_a_setting_that_is_not_read_is_named() -> None:
    shape = group(bottlerocket={"settings": {"kubernetes": {"node-taints": {}}}}).shape
    assert unread_setting(shape) == "settings.kubernetes.node-taints"


def test_a_setting_of_the_wrong_type_names_its_field() -> None:
    shape = group(bottlerocket={"settings": {"kubernetes": {"max-pods": "x"}}}).shape
    with pytest.raises(FieldError) as raised:
        kubelet_settings(shape, "f")
    assert raised.value.field == "f"
