"""EC2NodeClasses (karpenter.k8s.aws/v1) read as LaunchClasses: how instances are launched.

A class that breaks its definition, or that sets a field kubestow cannot launch with, is reported
and left out: an instance that differs from what its class says must never be launched. Sources:
karpenter-provider-aws v1.15, pkg/apis/v1/ec2nodeclass.go and its definition (defaults, rules);
Kubernetes pkg/kubelet/eviction/helpers.go (signals).
"""

from collections.abc import Iterable, Iterator

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.decoding import decode, subject
from kubestow.adapters.kubernetes.fields import nanos, pairs
from kubestow.adapters.kubernetes.known_fields import findings
from kubestow.adapters.kubernetes.launch_wire import (
    NOT_SUPPORTED,
    ImageTermWire,
    InstanceMetadataWire,
    LaunchClassWire,
    LaunchDeviceWire,
    LaunchKubeletWire,
    LaunchSpecWire,
    LaunchVolumeWire,
    PlaceTermWire,
)
from kubestow.adapters.kubernetes.unplanned_pools import AUTO_MODE_GROUP, KARPENTER_GROUP
from kubestow.adapters.kubernetes.wire import Quantities
from kubestow.model.input_error import InputProblem
from kubestow.model.launch_class import (
    LAUNCHED_FAMILIES,
    BlockDeviceMapping,
    ImageTerm,
    InstanceMetadata,
    KubeletSettings,
    LaunchClass,
    LaunchVolume,
    Pairs,
    PlaceTerm,
)
from kubestow.model.quantity import value

_KIND, _AUTO_MODE_KIND = "EC2NodeClass", "NodeClass"
_VERSION = f"{KARPENTER_GROUP}/v1"
_SIGNALS = (
    "memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available",
    "imagefs.inodesFree", "containerfs.available", "containerfs.inodesFree", "pid.available",
)  # fmt: skip
_RESERVED = ("cpu", "memory", "ephemeral-storage", "pid")
_ALIASES = {family.lower(): family for family in LAUNCHED_FAMILIES if family != "Custom"}


def read_launch_classes(
    documents: Iterable[Document], problems: list[InputProblem]
) -> dict[str, LaunchClass]:
    """Return the LaunchClasses of EC2NodeClasses by name; what cannot be launched is reported.

    The last object of a name counts, as with 'kubectl apply'. Other kinds are passed over, but a
    NodeClass of EKS Auto Mode is named.
    """
    classes: dict[str, LaunchClass] = {}
    for document in documents:
        launch_class, errors = document.once(_read)
        problems.extend(
            InputProblem(document.file, subject(document), error.field, error.message, error.hint)
            for error in errors
        )
        if launch_class is not None:
            classes.pop(launch_class.name, None)
            classes[launch_class.name] = launch_class
    return classes


def _read(document: Document) -> tuple[LaunchClass | None, tuple[FieldError, ...]]:
    """Return the LaunchClass of an object, or what is wrong with it; neither for other kinds."""
    if _is_auto_mode(document):
        return None, (FieldError(
            "apiVersion", "EKS launches the nodes of EKS Auto Mode itself; kubestow cannot",
            f"write an {_KIND} ({_VERSION}) for nodes that kubestow launches"),)  # fmt: skip
    if not _is_node_class(document):
        return None, ()
    errors = tuple(_errors(document))
    if errors:
        return None, errors
    try:
        return read_launch_class(decode(document, LaunchClassWire)), ()
    except FieldError as error:
        return None, (error,)


def _is_auto_mode(document: Document) -> bool:
    group = document.api_version.rpartition("/")[0]
    return document.kind == _AUTO_MODE_KIND and group == AUTO_MODE_GROUP


def _is_node_class(document: Document) -> bool:
    """Return whether the object is Karpenter's; an item of a list may omit its apiVersion."""
    group = document.api_version.rpartition("/")[0]
    return document.kind == _KIND and group in ("", KARPENTER_GROUP)


def _errors(document: Document) -> Iterator[FieldError]:
    """Yield what the API server would refuse, and every field that is not supported."""
    if document.api_version not in ("", _VERSION):
        yield FieldError(
            "apiVersion", f"{document.api_version} is not supported for launching",
            f"convert it to {_VERSION}, as Karpenter's upgrade guide for v1 describes",
        )  # fmt: skip
        return
    found = findings(document)
    yield from (*found.unknown, *found.invalid, *found.refused)
    if found.unknown or found.invalid:
        return
    try:
        spec = decode(document, LaunchClassWire).spec or LaunchSpecWire()
    except FieldError:
        return  # raised again by whoever decodes the object
    for field, attribute in NOT_SUPPORTED.items():
        if getattr(spec, attribute) not in (None, [], {}):
            yield _unsupported(f"spec.{field}")
    for index, device in enumerate(spec.block_device_mappings or ()):
        if device.ebs is not None and device.ebs.volume_initialization_rate is not None:
            yield _unsupported(f"spec.blockDeviceMappings[{index}].ebs.volumeInitializationRate")


def _unsupported(field: str) -> FieldError:
    return FieldError(
        field, "is not supported: kubestow cannot launch instances with it",
        "remove the field, or leave the NodePools of this class to Karpenter",
    )  # fmt: skip


def read_launch_class(item: LaunchClassWire) -> LaunchClass:
    """Return the LaunchClass of an EC2NodeClass; raise FieldError for what cannot be launched."""
    spec = item.spec
    if spec is None:
        raise FieldError("spec", "is missing", "see Karpenter's documentation of EC2NodeClasses")
    if bool(spec.role) == bool(spec.instance_profile):
        raise FieldError("spec.role", "must be set unless instanceProfile is, and not with it",
                         "set exactly one of them")  # fmt: skip
    family = _family(spec)
    terms = spec.ami_selector_terms or ()
    return LaunchClass(
        name=item.metadata.name,
        ami_family=family,
        ami_terms=tuple(_image_term(term, index) for index, term in enumerate(terms)),
        subnet_terms=_places(spec.subnet_selector_terms, "spec.subnetSelectorTerms"),
        security_group_terms=_places(
            spec.security_group_selector_terms, "spec.securityGroupSelectorTerms"
        ),
        role=spec.role or "",
        instance_profile=spec.instance_profile or "",
        user_data=spec.user_data or "",
        block_devices=_devices(spec.block_device_mappings or []),
        raid0_instance_store=spec.instance_store_policy == "RAID0",
        metadata=_metadata(spec.metadata_options or InstanceMetadataWire()),
        tags=pairs(spec.tags),
        detailed_monitoring=bool(spec.detailed_monitoring),
        public_address=spec.public_address,
        kubelet=_kubelet(spec.kubelet or LaunchKubeletWire()),
    )


def _family(spec: LaunchSpecWire) -> str:
    """Return the AMI family: as set, else that of the alias."""
    terms = spec.ami_selector_terms or ()
    aliases = [(index, term.alias) for index, term in enumerate(terms) if term.alias]
    field, family = "spec.amiFamily", spec.ami_family or ""
    if aliases and not family:
        index, alias = aliases[0]
        field = f"spec.amiSelectorTerms[{index}].alias"
        family = _ALIASES.get(alias.partition("@")[0].lower(), alias.partition("@")[0])
    if not terms:
        raise FieldError("spec.amiSelectorTerms", "is missing", "add a term such as "
                         "alias: al2023@latest")  # fmt: skip
    if family not in LAUNCHED_FAMILIES:
        raise FieldError(field, f"AMI family {family!r} cannot be launched",
                         f"supported: {', '.join(LAUNCHED_FAMILIES)}")  # fmt: skip
    return family


def _image_term(term: ImageTermWire, index: int) -> ImageTerm:
    alias = term.alias or ""
    if alias and not all(alias.partition("@")):
        raise FieldError(f"spec.amiSelectorTerms[{index}].alias", f"{alias!r} is not an alias",
                         "write family@version, such as al2023@latest")  # fmt: skip
    read = ImageTerm(alias, term.id or "", term.name or "", term.owner or "",
                     term.ssm_parameter or "", pairs(term.tags))  # fmt: skip
    if not (alias or read.id or read.name or read.ssm_parameter or read.tags):
        raise FieldError(f"spec.amiSelectorTerms[{index}]", "selects every image",
                         "set one of alias, id, name, ssmParameter, tags")  # fmt: skip
    return read


def _places(terms: list[PlaceTermWire] | None, field: str) -> tuple[PlaceTerm, ...]:
    read = tuple(PlaceTerm(t.id or "", t.name or "", pairs(t.tags)) for t in terms or ())
    if not read:
        raise FieldError(field, "is missing", "add a term with id or tags")
    for index, term in enumerate(read):
        if not (term.id or term.name or term.tags):
            raise FieldError(f"{field}[{index}]", "selects everything", "set id or tags")
    return read


def _devices(items: list[LaunchDeviceWire]) -> tuple[BlockDeviceMapping, ...]:
    read: list[BlockDeviceMapping] = []
    for index, item in enumerate(items):
        field = f"spec.blockDeviceMappings[{index}]"
        if not item.device_name:
            raise FieldError(f"{field}.deviceName", "is missing", "name it, such as /dev/xvda")
        if item.device_name in {device.device_name for device in read}:
            raise FieldError(f"{field}.deviceName", f"{item.device_name} is mapped twice",
                             "remove one of the mappings")  # fmt: skip
        volume = _volume(item.ebs or LaunchVolumeWire(), f"{field}.ebs")
        read.append(BlockDeviceMapping(item.device_name, volume, bool(item.root_volume)))
    return tuple(read)


def _volume(item: LaunchVolumeWire, field: str) -> LaunchVolume:
    if item.volume_size is None and not item.snapshot_id:
        raise FieldError(field, "sets neither volumeSize nor snapshotID", "set volumeSize")
    size = None
    if item.volume_size is not None:
        size = value(nanos({"volumeSize": item.volume_size}, field)["volumeSize"])
    return LaunchVolume(
        size, item.volume_type or "", item.iops, item.throughput, item.encrypted,
        item.kms_key_id or "", item.snapshot_id or "", item.delete_on_termination,
    )  # fmt: skip


def _metadata(item: InstanceMetadataWire) -> InstanceMetadata:
    default = InstanceMetadata()
    return InstanceMetadata(
        item.http_endpoint or default.http_endpoint,
        item.http_protocol_ipv6 or default.http_protocol_ipv6,
        item.http_put_response_hop_limit or default.hop_limit,
        item.http_tokens or default.http_tokens,
    )


def _kubelet(item: LaunchKubeletWire) -> KubeletSettings:
    field = "spec.kubelet"
    numbers = {
        "maxPods": item.max_pods, "podsPerCore": item.pods_per_core,
        "evictionMaxPodGracePeriod": item.eviction_max_pod_grace_period,
        "imageGCHighThresholdPercent": item.image_gc_high,
        "imageGCLowThresholdPercent": item.image_gc_low,
    }  # fmt: skip
    for name, number in numbers.items():
        if number is not None and number < 0:
            raise FieldError(f"{field}.{name}", f"{number} is negative", "use 0 or more")
    soft, periods = item.eviction_soft or {}, item.eviction_soft_grace_period or {}
    for signal in sorted(set(soft) ^ set(periods)):
        lacking = "evictionSoftGracePeriod" if signal in soft else "evictionSoft"
        raise FieldError(f"{field}.{lacking}.{signal}", "is missing",
                         "set evictionSoft and evictionSoftGracePeriod together")  # fmt: skip
    return KubeletSettings(
        cluster_dns=tuple(item.cluster_dns or ()),
        max_pods=item.max_pods,
        pods_per_core=item.pods_per_core or None,
        system_reserved=_reserved(item.system_reserved, f"{field}.systemReserved"),
        kube_reserved=_reserved(item.kube_reserved, f"{field}.kubeReserved"),
        eviction_hard=_signals(item.eviction_hard, f"{field}.evictionHard"),
        eviction_soft=_signals(soft, f"{field}.evictionSoft"),
        eviction_soft_grace_period=pairs(periods),
        eviction_max_pod_grace_period_seconds=item.eviction_max_pod_grace_period,
        image_gc_high_threshold_percent=item.image_gc_high,
        image_gc_low_threshold_percent=item.image_gc_low,
        cpu_cfs_quota=item.cpu_cfs_quota,
    )


def _reserved(quantities: Quantities | None, field: str) -> Pairs:
    nanos(quantities, field)
    for name in quantities or ():
        if name not in _RESERVED:
            raise FieldError(f"{field}.{name}", "cannot be reserved",
                             f"expected one of {', '.join(_RESERVED)}")  # fmt: skip
    return pairs({name: str(text or 0) for name, text in (quantities or {}).items()})


def _signals(thresholds: dict[str, str] | None, field: str) -> Pairs:
    for signal, text in (thresholds or {}).items():
        if signal not in _SIGNALS:
            raise FieldError(f"{field}.{signal}", "unknown eviction signal",
                             f"expected one of {', '.join(_SIGNALS)}")  # fmt: skip
        nanos({signal: text.removesuffix("%")}, field)
    return pairs(thresholds)
