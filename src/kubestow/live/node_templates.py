"""What a node is launched with: the launch template, the subnet and the tags of its class.

The EC2NodeClass of a node's pool is read as it is now, from the cluster and from files.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kubestow.adapters.aws.eks_cluster import EksCluster, described_cluster
from kubestow.adapters.aws.fence import check
from kubestow.adapters.aws.fleets import SETTINGS_TAG, Fleets
from kubestow.adapters.aws.instance_status import StatusChecks
from kubestow.adapters.aws.launch_resources import LaunchClients, Resources, make_launch_clients
from kubestow.adapters.aws.launch_templates import LaunchTemplates, WantedLaunch, launch_tags
from kubestow.adapters.documents import Document, KeptDocument, read_documents
from kubestow.adapters.kubernetes.launch_classes import read_launch_classes
from kubestow.adapters.sources import Argument, read_sources
from kubestow.live.class_drift import Apart, ClassDrift, LaunchedNode, settings_of
from kubestow.live.launching import LaunchSetup, WantedNode
from kubestow.model import labels as names
from kubestow.model.input_error import InputError, InputProblem
from kubestow.model.instance_type import InstanceType
from kubestow.model.launch_class import LaunchClass

_NVIDIA, _NEURON = "nvidia", "neuron"
_RENEWED_SECONDS = 3_600
_KIND, _GROUP = "EC2NodeClass", "karpenter.k8s.aws/v1"


@dataclass(slots=True)
class ClassReader:
    """The LaunchClasses of a cluster and of files, which are read once.

    ``objects`` returns the EC2NodeClasses of the cluster as JSON, by name. Those of files count
    where both have one of a name.
    """

    name: str
    objects: Callable[[], Mapping[str, bytes]]
    files: Sequence[Argument] = ()
    _of_files: list[Document] | None = None
    _kept: dict[str, KeptDocument] = field(default_factory=dict)
    problems: tuple[InputProblem, ...] = ()

    def classes(self) -> dict[str, LaunchClass]:
        """Return the classes that can be launched; what is wrong with others is in ``problems``."""
        problems: list[InputProblem] = []
        if self._of_files is None:
            sources = read_sources(self.files, problems)
            found = (item for source in sources for item in read_documents(source, problems))
            self._of_files = [item for item in found if item.kind == _KIND]
        kept = {}
        for key, json in self.objects().items():
            before = self._kept.get(key)
            is_same = before is not None and before.json == json
            kept[key] = before if before is not None and is_same else self._document(json)
        self._kept = kept
        classes = read_launch_classes([*kept.values(), *self._of_files], problems)
        self.problems = tuple(problems)
        return classes

    def _document(self, json: bytes) -> KeptDocument:
        return KeptDocument(f"{self.name}: ec2nodeclasses", _KIND, _GROUP, json)


class NodeTemplates:
    """A TemplateSource (kubestow.live.launching) for a cluster of EKS. Several threads may ask."""

    def __init__(
        self,
        clients: LaunchClients,
        cluster: EksCluster,
        region: str,
        reader: ClassReader,
        types: Mapping[str, InstanceType],
        *,
        now: Callable[[], int],
        may_act: Callable[[], bool] = lambda: True,
    ) -> None:
        self._may_act = may_act
        self._clients, self._cluster, self._region, self._now = clients, cluster, region, now
        self._reader, self._types = reader, types
        self._resources = Resources(clients, cluster, region, now)
        self._templates = LaunchTemplates(clients.ec2, self._resources, cluster, region)
        self._drift = ClassDrift(self._resources, now)
        self._described_at = now()
        self._unprepared: set[WantedNode] = set()  # what AWS was asked about in vain

    def prepared(self, wanted: WantedNode, zone: str, count: int) -> LaunchSetup:
        """Return what such nodes are launched with; raise InputError where they cannot be."""
        check(self._may_act)
        chosen = self._class_of(wanted)
        self._unprepared.add(wanted)
        subnet = self._resources.subnet_of(chosen, zone)
        if subnet is None:
            raise InputError(
                f"EC2NodeClass {chosen.name}: none of its subnets is in {zone}",
                hint="select one of this zone, or require other zones in the NodePool",
            )
        name = self._templates.name_of(chosen, self._launch(wanted))
        self._unprepared.discard(wanted)
        self._resources.launched(subnet.id, count)
        tags = launch_tags(chosen, self._cluster) | {SETTINGS_TAG: settings_of(chosen)}
        return LaunchSetup(name, subnet.id, tuple(sorted(tags.items())))

    def anew(self) -> None:
        """Forget what classes selected: others may have launched with what is newer since."""
        self._resources.forget()
        self._drift.anew()

    @property
    def trouble(self) -> str:
        """Why it is not known what classes select; empty if it is."""
        return self._drift.trouble

    def outdated(self, nodes: Sequence[tuple[str, LaunchedNode]], apart: Apart) -> dict[str, str]:
        """Return what would be launched otherwise by now, by claim; AWS is asked ``apart``.

        Each node comes with its instance type, which says what its image must be for.
        """
        wanted = []
        for name, node in nodes:
            shape = self._types.get(name)
            known = "" if shape is None else shape.architecture
            wanted.append(replace(node, architecture=known, accelerator=_accelerator(shape)))
        return self._drift.outdated(wanted, self._reader.classes(), apart) if wanted else {}

    def name(self, wanted: WantedNode) -> str:
        """Return the name of a node's launch template as it is now, made or not.

        Where it could not be prepared, AWS is not asked again: what is returned then changes with
        the class of the node.
        """
        try:
            chosen = self._class_of(wanted)
            if wanted in self._unprepared:
                return repr(chosen)
            return self._templates.planned_name(chosen, self._launch(wanted))
        except InputError as problem:
            return problem.message

    def _launch(self, wanted: WantedNode) -> WantedLaunch:
        return WantedLaunch(
            wanted.architecture,
            wanted.capacity_type,
            wanted.labels,
            wanted.taints,
            wanted.max_pods or None,
            _accelerator(self._types.get(wanted.instance_type)),
        )

    def forget(self, template: str) -> None:
        """Make a template anew the next time."""
        self._templates.forget(template)

    def renew(self) -> None:
        """Ask EKS anew what a node needs to join, and delete old templates, once an hour."""
        if self._now() - self._described_at < _RENEWED_SECONDS or not self._may_act():
            return
        self._described_at = self._now()
        self._templates.collect((), self._described_at - _RENEWED_SECONDS)
        cluster = described_cluster(self._clients.eks, self._cluster.name, self._region)
        if cluster != self._cluster:
            self._cluster = cluster
            self._templates.renew(cluster)

    def _class_of(self, wanted: WantedNode) -> LaunchClass:
        name = dict(wanted.labels).get(names.NODE_CLASS, "")
        classes = self._reader.classes()
        chosen = classes.get(name)
        if chosen is not None:
            return chosen
        own = [item for item in self._reader.problems if name and name in item.subject]
        raise InputError(
            f"NodePool {wanted.nodepool}: "
            + (
                f"{own[0].subject}: {own[0].field}: {own[0].message}"
                if own
                else f"there is no EC2NodeClass {name}"
            ),
            hint=(own[0].hint if own else "")
            or "create it in the cluster, or give it with --nodepool",
        )


def _accelerator(shape: InstanceType | None) -> str:
    """Return what the image of an instance type must bring drivers for."""
    if shape is None:
        return ""
    if shape.gpu is not None and shape.gpu.manufacturer.lower() == _NVIDIA:
        return _NVIDIA
    return _NEURON if shape.accelerator is not None else ""


@dataclass(frozen=True, slots=True)
class EksCloud:
    """Who launches the nodes of a cluster of EKS, what with, and who tells how they are."""

    fleets: Fleets
    templates: NodeTemplates
    statuses: StatusChecks


def eks_cloud(
    cluster: str,
    region: str,
    reader: ClassReader,
    types: Mapping[str, InstanceType],
    *,
    now: Callable[[], int],
    may_act: Callable[[], bool],
    authority: bytes | None = None,
) -> EksCloud:
    """Return the cloud of a cluster.

    Raise InputError where EKS does not describe it, or where its certificate authority is another
    than that of the API server, if that is to be compared.
    """
    clients = make_launch_clients(region, may_act)
    described = described_cluster(clients.eks, cluster, region)
    if authority is not None:
        _check_authority(described, authority)
    return EksCloud(
        Fleets(clients.ec2, region, cluster, may_act),
        NodeTemplates(clients, described, region, reader, types, now=now, may_act=may_act),
        StatusChecks(clients.ec2, region),
    )


def _check_authority(cluster: EksCluster, authority: bytes) -> None:
    """Raise InputError where an API server is not shown to be that of a cluster."""
    own = b64decode(cluster.certificate_authority)
    if own.split() == authority.split():
        return
    raise InputError(
        f"the API server of this context is not that of the EKS cluster {cluster.name}: it has "
        f"{'another' if authority else 'no'} certificate authority",
        hint=f"'aws eks update-kubeconfig --name {cluster.name}' writes a context for it; if you "
        "are sure, --unverified-cluster goes on",
    )
