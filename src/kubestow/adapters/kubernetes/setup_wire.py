"""Wire shapes that only checks use: images, privileges, volumes, disks, disruption budgets."""

from typing import Any

from kubestow.adapters.kubernetes.wire import (
    ClaimTemplate,
    ClaimVolume,
    EphemeralVolume,
    Metadata,
    ResourceAmounts,
    Selector,
    Wire,
)


class Security(Wire):
    """A container's security context."""

    privileged: bool | None = None


class Port(Wire):
    """A container's port."""

    host_port: int | None = None


class ContainerFacts(Wire):
    """A container."""

    name: str = ""
    image: str | None = None
    resources: ResourceAmounts | None = None
    security_context: Security | None = None
    ports: list[Port] | None = None
    command: list[str] | None = None
    args: list[str] | None = None
    restart_policy: str | None = None


class EmptyDir(Wire):
    """An emptyDir volume."""

    medium: str | None = None


class VolumeFacts(Wire):
    """A pod's volume."""

    name: str = ""
    persistent_volume_claim: ClaimVolume | None = None
    ephemeral: EphemeralVolume | None = None
    empty_dir: EmptyDir | None = None
    host_path: dict[str, Any] | None = None
    aws_elastic_block_store: dict[str, Any] | None = None


class PodFacts(Wire):
    """A pod's spec."""

    containers: list[ContainerFacts] | None = None
    init_containers: list[ContainerFacts] | None = None
    volumes: list[VolumeFacts] | None = None
    host_network: bool | None = None


class TemplateFacts(Wire):
    """A workload's pod template."""

    metadata: Metadata | None = None
    spec: PodFacts | None = None


class JobFacts(Wire):
    """A CronJob's job."""

    template: TemplateFacts | None = None


class JobTemplateFacts(Wire):
    """A CronJob's job template."""

    spec: JobFacts | None = None


class WorkloadSpecFacts(Wire):
    """A workload's spec."""

    selector: Any = None
    template: TemplateFacts | None = None
    job_template: JobTemplateFacts | None = None
    volume_claim_templates: list[ClaimTemplate] | None = None


class WorkloadFacts(Wire):
    """A workload."""

    metadata: Metadata
    spec: WorkloadSpecFacts | None = None


class BarePodFacts(Wire):
    """A Pod."""

    metadata: Metadata
    spec: PodFacts | None = None


class BudgetLimits(Wire):
    """A PodDisruptionBudget's spec."""

    selector: Selector | None = None
    min_available: int | str | None = None
    max_unavailable: int | str | None = None


class BudgetFacts(Wire):
    """A PodDisruptionBudget."""

    metadata: Metadata
    spec: BudgetLimits | None = None


class WireStorageClass(Wire):
    """A StorageClass."""

    metadata: Metadata
    provisioner: str = ""
    volume_binding_mode: str | None = None
    parameters: dict[str, str] | None = None


class MetadataOptions(Wire):
    """Settings of a node's instance metadata service."""

    http_put_response_hop_limit: int | None = None
    http_tokens: str | None = None


class EbsFacts(Wire):
    """A block device's volume."""

    volume_type: str | None = None
    encrypted: bool | None = None


class DeviceFacts(Wire):
    """A block device mapping."""

    ebs: EbsFacts | None = None


class AmiAlias(Wire):
    """An AMI selector term."""

    alias: str | None = None


class NodeClassSpecFacts(Wire):
    """An EC2NodeClass's or AWSNodeTemplate's spec."""

    ami_family: str | None = None
    ami_selector_terms: list[AmiAlias] | None = None
    metadata_options: MetadataOptions | None = None
    block_device_mappings: list[DeviceFacts] | None = None


class NodeClassFacts(Wire):
    """An EC2NodeClass or AWSNodeTemplate."""

    metadata: Metadata
    spec: NodeClassSpecFacts | None = None


class ExposureSpec(Wire):
    """A Service's or an Ingress's spec."""

    type: str | None = None
    load_balancer_class: str | None = None
    ingress_class_name: str | None = None


class Exposure(Wire):
    """A Service or an Ingress."""

    metadata: Metadata
    spec: ExposureSpec | None = None
