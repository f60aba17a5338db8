"""Wire shapes of checks: what only checks read of objects, by its name in the API."""

from typing import Any

import msgspec

from kubestow.adapters.kubernetes import setup_wire


def decode(text: str, shape: type[Any]) -> Any:
    return msgspec.json.decode(text.encode(), type=shape)


def test_a_cron_job_has_its_containers_inside_its_job_template() -> None:
    workload = decode(
        '{"metadata": {"name": "c"}, "spec": {"jobTemplate": {"spec": {"template": {"spec":'
        ' {"containers": [{"name": "main", "image": "redis"}]}}}}}}',
        setup_wire.WorkloadFacts,
    )
    containers = workload.spec.job_template.spec.template.spec.containers
    assert [(item.name, item.image) for item in containers] == [("main", "redis")]
    assert workload.spec.template is None


def test_a_container_that_is_not_valid_for_planning_can_still_be_checked() -> None:
    container = decode(
        '{"name": "c", "resources": {"requests": {"cpu": "much"}},'
        ' "securityContext": {"privileged": true}, "ports": [{"hostPort": 80}]}',
        setup_wire.ContainerFacts,
    )
    assert container.resources.requests == {"cpu": "much"}
    assert container.security_context.privileged
    assert [port.host_port for port in container.ports] == [80]


def test_an_empty_volume_source_is_present() -> None:
    memory = decode('{"name": "v", "emptyDir": {"medium": "Memory"}}', setup_wire.VolumeFacts)
    disk = decode('{"name": "v", "emptyDir": {}}', setup_wire.VolumeFacts)
    assert (memory.empty_dir.medium, disk.empty_dir.medium) == ("Memory", None)
    assert (disk.host_path, disk.ephemeral) == (None, None)


def test_a_node_class_has_its_metadata_options_and_disks() -> None:
    spec = decode(
        '{"metadataOptions": {"httpPutResponseHopLimit": 1, "httpTokens": "required"},'
        ' "blockDeviceMappings": [{"ebs": {"volumeType": "gp3", "encrypted": true}}]}',
        setup_wire.NodeClassSpecFacts,
    )
    options, (device,) = spec.metadata_options, spec.block_device_mappings
    assert (options.http_put_response_hop_limit, options.http_tokens) == (1, "required")
    assert (device.ebs.volume_type, device.ebs.encrypted) == ("gp3", True)


def test_a_budget_is_a_number_or_a_percentage() -> None:
    limits = decode('{"minAvailable": "50%", "maxUnavailable": 1}', setup_wire.BudgetLimits)
    assert (limits.min_available, limits.max_unavailable) == ("50%", 1)
