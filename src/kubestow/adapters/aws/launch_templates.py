"""Launch templates: what CreateFleet is told of an instance beside its type, zone and price.

A template is named by a hash of what it says, so that equal wishes share one, and a change makes
another. Sources: karpenter-provider-aws v1.15 pkg/providers/launchtemplate/types.go and
pkg/providers/amifamily/resolver.go (defaults); EC2 API reference, RequestLaunchTemplateData and
CreateLaunchTemplate (3 to 128 letters, digits and ( ) . - / _ in a name).
"""

import base64
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from kubestow.adapters.aws.eks_cluster import EksCluster
from kubestow.adapters.aws.failures import Errand, aws_failures, known_shape
from kubestow.adapters.aws.launch_resources import CLUSTER_TAG, Resources
from kubestow.adapters.aws.user_data import user_data
from kubestow.model.instance_type import SPOT
from kubestow.model.launch_class import (
    AL2,
    AL2023,
    BOTTLEROCKET,
    CUSTOM,
    BlockDeviceMapping,
    LaunchClass,
    LaunchVolume,
    Pairs,
)
from kubestow.model.nodepool import GIB
from kubestow.model.taints import Taint

ACTING_IAM_ACTIONS = (
    "ec2:CreateLaunchTemplate", "ec2:DeleteLaunchTemplate", "ec2:DescribeLaunchTemplates",
)  # fmt: skip
IMPLIED_IAM_ACTIONS = ("ec2:CreateTags",)
"""What EC2 demands for the tags of a new template, beside the actions that are called."""
NODE_CLASS_TAG = "kubestow.dev/node-class"
_ERRAND = Errand(
    "launching nodes",
    (*ACTING_IAM_ACTIONS, *IMPLIED_IAM_ACTIONS),
    again="the controller tries again",
    meanwhile="no node of the class is launched",
    credentials="set AWS_PROFILE, or give the pod a role",
)
_PREFIX = "kubestow.dev/"
_CLUSTER_CHARACTERS_MAX, _DIGEST_CHARACTERS = 90, 20
_EXISTS = "InvalidLaunchTemplateName.AlreadyExistsException"
_GONE = ("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateName.NotFoundException")
_DATA = LaunchVolume(20 * GIB, "gp3", encrypted=True)
_BOTTLEROCKET_OS = LaunchVolume(4 * GIB, "gp3", encrypted=True)
_DEFAULT_DEVICES = {
    AL2: (BlockDeviceMapping("/dev/xvda", _DATA),),
    AL2023: (BlockDeviceMapping("/dev/xvda", _DATA),),
    BOTTLEROCKET: (
        BlockDeviceMapping("/dev/xvda", _BOTTLEROCKET_OS), BlockDeviceMapping("/dev/xvdb", _DATA),
    ),
    CUSTOM: (),  # those of the image
}  # fmt: skip
_WITHOUT_METADATA_IPV6 = "us-iso"
"""Regions where EC2 does not know HttpProtocolIpv6."""


@dataclass(frozen=True, slots=True)
class WantedLaunch:
    """What the instances of a template have in common beside their class.

    ``architecture`` is amd64 or arm64, ``accelerator`` nvidia, neuron or empty. Labels and taints
    are what the Node registers with; ``max_pods`` counts where the class does not set maxPods.
    """

    architecture: str
    capacity_type: str
    labels: Pairs = ()
    taints: tuple[Taint, ...] = ()
    max_pods: int | None = None
    accelerator: str = ""


class LaunchTemplates:
    """The launch templates of a cluster. Several threads may ask."""

    def __init__(self, ec2: Any, resources: Resources, cluster: EksCluster, region: str) -> None:
        self._ec2 = ec2
        self._resources = resources
        self._cluster = cluster
        self._region = region
        self._used: dict[str, int] = {}
        """When the templates that are known to exist were asked for last."""
        self._lock = threading.RLock()

    def name_of(self, launch_class: LaunchClass, wanted: WantedLaunch) -> str:
        """Return the name of the template of a class, which is made unless it is known to exist.

        Raises InputError where something that the class selects is not there, where its user data
        cannot be merged, or where AWS cannot be asked.
        """
        name, content = self._planned(launch_class, wanted)
        with self._lock:
            if name not in self._used:
                self._create(name, **content)
            self._used[name] = self._resources.now()
        return name

    def planned_name(self, launch_class: LaunchClass, wanted: WantedLaunch) -> str:
        """Return the name that the template of a class has now, whether it is made or not.

        Raises InputError as ``name_of`` does.
        """
        return self._planned(launch_class, wanted)[0]

    def _planned(
        self, launch_class: LaunchClass, wanted: WantedLaunch
    ) -> tuple[str, dict[str, dict[str, Any]]]:
        """Return the name of a template, and its data and tags."""
        data = self.data_of(launch_class, wanted)
        content = {"data": data, "tags": launch_tags(launch_class, self._cluster)}
        return template_name(self._cluster.name, content), content

    def renew(self, cluster: EksCluster) -> None:
        """Take the cluster as it is described now, for the resources too."""
        with self._lock:
            self._cluster = cluster
            self._resources.renew(cluster)

    def forget(self, name: str) -> None:
        """Make a template anew the next time, since EC2 said that it does not exist."""
        with self._lock:
            self._used.pop(name, None)

    def data_of(self, launch_class: LaunchClass, wanted: WantedLaunch) -> dict[str, Any]:
        """Return the LaunchTemplateData of a class: the same for the same wish and resources."""
        resources, cluster = self._resources, self._cluster
        told = user_data(
            launch_class,
            cluster,
            labels=dict(wanted.labels),
            taints=wanted.taints,
            max_pods=wanted.max_pods,
        )
        devices = launch_class.block_devices or _DEFAULT_DEVICES[launch_class.ami_family]
        tags = _tag_list(launch_tags(launch_class, cluster))
        # CreateFleet documents tags of the fleet and its instances alone; the rest is said here.
        tagged = ["network-interface", "volume"]
        if wanted.capacity_type == SPOT:
            tagged.append("spot-instances-request")
        data: dict[str, Any] = {
            "ImageId": resources.image(launch_class, wanted.architecture, wanted.accelerator),
            "IamInstanceProfile": {"Name": resources.instance_profile(launch_class)},
            "MetadataOptions": self._metadata(launch_class),
            "Monitoring": {"Enabled": launch_class.detailed_monitoring},
            "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in tagged],
        }
        data |= self._network(launch_class)
        if devices:
            data["BlockDeviceMappings"] = [_device(device) for device in devices]
        if told:
            data["UserData"] = base64.b64encode(told.encode()).decode()
        return data

    def _network(self, launch_class: LaunchClass) -> dict[str, Any]:
        """Return the security groups, in an interface where that has to be described.

        Where no subnet gives public addresses that is said, since the policies of some accounts
        want it in the request (karpenter-provider-aws issue 3815).
        """
        groups = list(self._resources.security_groups(launch_class))
        public = launch_class.public_address
        if public is None and not any(
            subnet.maps_public_address for subnet in self._resources.subnets(launch_class)
        ):
            public = False
        interface: dict[str, Any] = {}
        if public is not None:
            interface["AssociatePublicIpAddress"] = public
        if self._cluster.is_ipv6:
            interface |= {"PrimaryIpv6": True, "Ipv6AddressCount": 1}
        if not interface:
            return {"SecurityGroupIds": groups}
        return {"NetworkInterfaces": [{"DeviceIndex": 0, "Groups": groups, **interface}]}

    def _metadata(self, launch_class: LaunchClass) -> dict[str, Any]:
        metadata = launch_class.metadata
        options: dict[str, Any] = {
            "HttpEndpoint": metadata.http_endpoint,
            "HttpPutResponseHopLimit": metadata.hop_limit,
            "HttpTokens": metadata.http_tokens,
            # Tags such as kubernetes.io/cluster/shop cannot be served as metadata.
            "InstanceMetadataTags": "disabled",
        }
        if not self._region.startswith(_WITHOUT_METADATA_IPV6):
            options["HttpProtocolIpv6"] = metadata.http_protocol_ipv6
        return options

    def _create(self, name: str, data: Mapping[str, Any], tags: Mapping[str, str]) -> None:
        """Create a template; one of its name says the same.

        boto3 sends a ClientToken of its own with every attempt. One made of the name would be
        answered with a template that was deleted meanwhile.
        """
        from botocore.exceptions import ClientError

        with aws_failures(self._region, _ERRAND):
            try:
                self._ec2.create_launch_template(
                    LaunchTemplateName=name,
                    LaunchTemplateData=dict(data),
                    TagSpecifications=[
                        {"ResourceType": "launch-template", "Tags": _tag_list(tags)}
                    ],
                )
            except ClientError as problem:
                if problem.response.get("Error", {}).get("Code", "") != _EXISTS:
                    raise

    def collect(self, kept_names: Iterable[str], older_than: int) -> tuple[str, ...]:
        """Delete the cluster's templates that are old and not used; return their names, sorted.

        Those of ``kept_names`` stay, and those made, or asked for here, at ``older_than`` (an
        instant in seconds) or later. Raises InputError where AWS cannot be asked.
        """
        from botocore.exceptions import ClientError

        kept = set(kept_names)
        ours = [{"Name": f"tag:{CLUSTER_TAG}", "Values": [self._cluster.name]}]
        gone = []
        with self._lock, aws_failures(self._region, _ERRAND):
            pages = self._ec2.get_paginator("describe_launch_templates").paginate(Filters=ours)
            with known_shape("DescribeLaunchTemplates", _ERRAND):
                found = {
                    item["LaunchTemplateName"]: item["CreateTime"].timestamp()
                    for page in pages
                    for item in page.get("LaunchTemplates", ())
                }
            for name, created in sorted(found.items()):
                last = max(created, self._used.get(name, 0))
                if name in kept or not name.startswith(_PREFIX) or last >= older_than:
                    continue
                try:
                    self._ec2.delete_launch_template(LaunchTemplateName=name)
                except ClientError as problem:
                    if problem.response.get("Error", {}).get("Code", "") not in _GONE:
                        raise
                self._used.pop(name, None)
                gone.append(name)
        return tuple(gone)


def template_name(cluster: str, content: Mapping[str, Any]) -> str:
    """Return the name of a template with some content, which is hashed whole."""
    text = json.dumps({"cluster": cluster, **content}, sort_keys=True)
    digest = sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{_PREFIX}{cluster[:_CLUSTER_CHARACTERS_MAX]}/{digest}"


def launch_tags(launch_class: LaunchClass, cluster: EksCluster) -> dict[str, str]:
    """Return the tags of everything that is launched for a class: its own, and who it is of.

    None is Karpenter's: by its tags a Karpenter in the cluster finds launch templates and
    instances, and deletes those that it has no use for (karpenter-provider-aws
    pkg/providers/launchtemplate, pkg/controllers/nodeclaim/garbagecollection).
    """
    return dict(launch_class.tags) | {
        CLUSTER_TAG: cluster.name,
        f"kubernetes.io/cluster/{cluster.name}": "owned",
        NODE_CLASS_TAG: launch_class.name,
    }


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def _device(device: BlockDeviceMapping) -> dict[str, Any]:
    volume = device.ebs
    values: dict[str, Any] = {
        # EC2 takes whole GiB.
        "VolumeSize": None if volume.size_bytes is None else -(-volume.size_bytes // GIB),
        "VolumeType": volume.volume_type or None,
        "Iops": volume.iops,
        "Throughput": volume.throughput_mib_per_second,
        "Encrypted": volume.encrypted,
        "KmsKeyId": volume.kms_key_id or None,
        "SnapshotId": volume.snapshot_id or None,
        "DeleteOnTermination": volume.delete_on_termination,
    }
    ebs = {name: value for name, value in values.items() if value is not None}
    return {"DeviceName": device.device_name, "Ebs": ebs}
