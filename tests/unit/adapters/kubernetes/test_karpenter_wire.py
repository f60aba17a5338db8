"""Wire shapes of NodePools, Provisioners and their node classes, as their versions write them."""

from typing import Any

import msgspec

from kubestow.adapters.kubernetes import karpenter_wire


def decode(text: str, shape: type[Any]) -> Any:
    return msgspec.json.decode(text.encode(), type=shape)


def test_v1_has_expire_after_in_the_template_and_v1beta1_in_disruption() -> None:
    v1 = decode('{"template": {"spec": {"expireAfter": "24h"}}}', karpenter_wire.NodePoolSpec)
    beta = decode('{"disruption": {"expireAfter": "24h"}}', karpenter_wire.NodePoolSpec)
    assert v1.template.spec.expire_after == beta.disruption.expire_after == "24h"
    assert (v1.disruption, beta.template) == (None, None)


def test_an_empty_list_of_budgets_differs_from_none() -> None:
    empty = decode('{"budgets": []}', karpenter_wire.DisruptionWire)
    absent = decode("{}", karpenter_wire.DisruptionWire)
    assert (empty.budgets, absent.budgets) == ([], None)


def test_a_requirement_may_have_min_values() -> None:
    spec = decode(
        '{"requirements": [{"key": "k", "operator": "In", "values": ["a"], "minValues": 2}]}',
        karpenter_wire.ClaimSpecWire,
    )
    assert [(r.key, r.values, r.min_values) for r in spec.requirements] == [("k", ["a"], 2)]


def test_a_provisioner_has_its_limits_and_kubelet_in_other_places() -> None:
    spec = decode(
        '{"limits": {"resources": {"cpu": 100}}, "kubeletConfiguration": {"maxPods": 20},'
        ' "providerRef": {"name": "default"}}',
        karpenter_wire.ProvisionerSpec,
    )
    assert spec.limits.resources == {"cpu": 100}
    assert (spec.kubelet_configuration.max_pods, spec.provider_ref.name) == (20, "default")


def test_a_block_device_has_a_size_and_may_be_the_root_volume() -> None:
    device = decode(
        '{"deviceName": "/dev/xvda", "rootVolume": true, "ebs": {"volumeSize": "50Gi"}}',
        karpenter_wire.BlockDevice,
    )
    assert (device.ebs.volume_size, device.root_volume) == ("50Gi", True)
