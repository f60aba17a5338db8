"""Wire shapes of pods and workloads: irregular names, empty keys, dropped fields."""

from typing import Any

import msgspec
import pytest

from kubestow.adapters.kubernetes import wire


def decode(text: str, shape: type[Any]) -> Any:
    return msgspec.json.decode(text.encode(), type=shape)


def test_a_key_without_a_value_reads_as_an_absent_key() -> None:
    with_nulls = '{"metadata": {"name": "p", "labels": null}, "spec": {"tolerations": null}}'
    without = '{"metadata": {"name": "p"}, "spec": {}}'
    assert decode(with_nulls, wire.PodWire) == decode(without, wire.PodWire)


def test_fields_that_do_not_affect_placement_are_dropped() -> None:
    pod = decode('{"metadata": {"name": "p", "managedFields": [{}]}, "x": 1}', wire.PodWire)
    assert pod == wire.PodWire(wire.Metadata("p"))


def test_an_object_without_metadata_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="missing required field `metadata`"):
        decode('{"spec": {}}', wire.PodWire)


@pytest.mark.parametrize("quantity", ['"500m"', "2", "0.5", "null"])
def test_a_quantity_is_text_or_a_number_or_empty(quantity: str) -> None:
    amounts = decode(f'{{"requests": {{"cpu": {quantity}}}}}', wire.ResourceAmounts)
    assert amounts.requests == {"cpu": msgspec.json.decode(quantity)}


def test_required_and_preferred_terms_are_read_by_their_long_names() -> None:
    affinity = decode(
        '{"podAntiAffinity": {'
        '"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}],'
        '"preferredDuringSchedulingIgnoredDuringExecution":'
        '[{"weight": 7, "podAffinityTerm": {"topologyKey": "host"}}]}}',
        wire.Affinity,
    ).pod_anti_affinity
    assert [term.topology_key for term in affinity.required] == ["zone"]
    assert [(t.weight, t.pod_affinity_term.topology_key) for t in affinity.preferred] == [
        (7, "host")
    ]


def test_names_that_are_not_camel_case_are_read_as_the_api_spells_them() -> None:
    port = decode('{"containerPort": 80, "hostIP": "10.0.0.1"}', wire.ContainerPort)
    volume = decode('{"awsElasticBlockStore": {"volumeID": "vol-1"}}', wire.Volume)
    assert (port.host_ip, volume.aws_elastic_block_store.volume_id) == ("10.0.0.1", "vol-1")


def test_a_rollout_may_be_a_number_or_a_percentage() -> None:
    rolling = decode('{"maxSurge": 1, "maxUnavailable": "25%"}', wire.RollingUpdate)
    assert (rolling.max_surge, rolling.max_unavailable) == (1, "25%")
