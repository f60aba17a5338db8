"""What a LaunchClass selects in an account: subnets, security groups, images, instance profiles.

``Resources`` keeps what was asked for and asks again when it is old. Sources:
karpenter-provider-aws v1.15 pkg/providers/subnet, securitygroup and instanceprofile, pkg/cache
(ages); IAM API reference, CreateInstanceProfile and AddRoleToInstanceProfile. boto3 is imported
inside functions, so that other commands do not pay for it.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

from kubestow.adapters.aws.clients import access
from kubestow.adapters.aws.eks_cluster import EksCluster
from kubestow.adapters.aws.failures import Errand, aws_failures, known_shape
from kubestow.adapters.aws.launch_images import ACTING_IAM_ACTIONS as IMAGE_ACTIONS
from kubestow.adapters.aws.launch_images import LaunchImage, images_of
from kubestow.adapters.aws.selector_filters import filter_sets
from kubestow.model.input_error import InputError
from kubestow.model.launch_class import LaunchClass, PlaceTerm
from kubestow.model.setup import Subnet

ACTING_IAM_ACTIONS = (
    "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "iam:AddRoleToInstanceProfile",
    "iam:CreateInstanceProfile", "iam:GetInstanceProfile",
)  # fmt: skip
IMPLIED_IAM_ACTIONS = ("iam:PassRole", "iam:TagInstanceProfile")
"""What AWS demands for the role in a profile and for tags, beside the actions that are called."""
CLUSTER_TAG = "kubestow.dev/cluster"
"""The tag of everything that is made for a cluster: its value is the cluster's name."""
_ERRAND = Errand(
    "launching nodes",
    (*ACTING_IAM_ACTIONS, *IMPLIED_IAM_ACTIONS, *IMAGE_ACTIONS),
    again="the controller tries again",
    meanwhile="no node of the class is launched",
    credentials="set AWS_PROFILE, or give the pod a role",
)
_PLACES_SECONDS = 5 * 60
_IMAGES_SECONDS = 24 * 3600
_PROFILE_SECONDS = 15 * 60
_NO_ENTITY, _EXISTS, _FULL = "NoSuchEntity", "EntityAlreadyExists", "LimitExceeded"
_PROFILE_NAME_MAX = 128

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class LaunchClients:
    """The boto3 clients that launching needs."""

    ec2: Any
    ssm: Any
    iam: Any
    eks: Any


def make_launch_clients(region: str, may_act: Callable[[], bool] = lambda: True) -> LaunchClients:
    """Return clients for a region; raise InputError for an invalid profile.

    Those that change something ask ``may_act`` before each attempt.
    """
    own = access(region, _ERRAND)
    return LaunchClients(
        own.client("ec2", may_act=may_act),
        own.client("ssm"),
        own.client("iam", may_act=may_act),
        own.client("eks"),
    )


class Resources:
    """What LaunchClasses select, kept for a while.

    ``now`` returns an instant in seconds; it is asked when something is. Several threads
    may ask.
    """

    def __init__(
        self, clients: LaunchClients, cluster: EksCluster, region: str, now: Callable[[], int]
    ) -> None:
        self._clients = clients
        self._cluster = cluster
        self._region = region
        self._now = now
        self._kept: dict[tuple[Any, ...], tuple[int, Any]] = {}
        self._free: dict[str, int] = {}
        """Free addresses by subnet: as described last, less those taken since."""
        self._lock = threading.RLock()

    def subnets(self, launch_class: LaunchClass) -> tuple[Subnet, ...]:
        """Return the subnets of a class by zone and id, less the addresses launched since.

        Raises InputError where there is none, or where EC2 cannot be asked.
        """
        found: tuple[Subnet, ...] = self._recent(
            ("subnets", launch_class.subnet_terms),
            _PLACES_SECONDS,
            lambda: self._ask_subnets(launch_class),
        )
        with self._lock:
            return tuple(
                replace(subnet, available_addresses=self._free[subnet.id]) for subnet in found
            )

    def subnet_of(self, launch_class: LaunchClass, zone: str) -> Subnet | None:
        """Return the subnet of a zone with most free addresses; None if none has any."""
        free = [
            subnet
            for subnet in self.subnets(launch_class)
            if subnet.zone == zone and subnet.available_addresses > 0
        ]
        return max(free, key=lambda subnet: subnet.available_addresses, default=None)

    def launched(self, subnet_id: str, instances: int = 1, addresses_each: int = 1) -> None:
        """Count a subnet's addresses down until it is described again."""
        with self._lock:
            left = self._free.get(subnet_id, 0) - instances * addresses_each
            self._free[subnet_id] = max(0, left)

    def security_groups(self, launch_class: LaunchClass) -> tuple[str, ...]:
        """Return the ids of a class's security groups, sorted.

        Raises InputError where there is none, or where EC2 cannot be asked.
        """
        terms = launch_class.security_group_terms
        found: tuple[str, ...] = self._recent(
            ("groups", terms), _PLACES_SECONDS, lambda: self._ask_groups(launch_class)
        )
        return found

    def image(self, launch_class: LaunchClass, architecture: str, accelerator: str = "") -> str:
        """Return the id of the newest image of a class for an architecture, amd64 or arm64.

        ``accelerator`` is nvidia, neuron or empty. Raises InputError where no image fits.
        """
        for image in self.images(launch_class):
            if image.fits(architecture, accelerator):
                return image.id
        kind = f"{architecture} with {accelerator}" if accelerator else architecture
        raise InputError(
            f"EC2NodeClass {launch_class.name}: no image of its AMI selector terms is for {kind}",
            hint="add a term that selects one, or restrict kubernetes.io/arch and instance types "
            "of its NodePools",
        )

    def images(self, launch_class: LaunchClass) -> tuple[LaunchImage, ...]:
        """Return the images of a class, the newest first."""
        version = self._cluster.version
        key = ("images", launch_class.ami_family, launch_class.ami_terms, version)
        clients, region = self._clients, self._region

        def ask() -> tuple[LaunchImage, ...]:
            return images_of(
                launch_class, version, clients.ec2, clients.ssm, region, now=self._now()
            )

        found: tuple[LaunchImage, ...] = self._recent(key, _IMAGES_SECONDS, ask)
        return found

    def instance_profile(self, launch_class: LaunchClass) -> str:
        """Return the name of a class's instance profile, made for its role if there is none.

        Raises InputError for a role that does not exist, or where IAM cannot be asked.
        """
        if launch_class.instance_profile:
            return launch_class.instance_profile
        # AddRoleToInstanceProfile takes a role's name without its path.
        role = launch_class.role.rpartition("/")[2]
        name = profile_name(self._cluster.name, role, self._region)
        self._recent(("profile", name), _PROFILE_SECONDS, lambda: self._ensure_profile(name, role))
        return name

    def forget(self) -> None:
        """Ask for everything anew the next time."""
        with self._lock:
            self._kept.clear()

    def renew(self, cluster: EksCluster) -> None:
        """Take the cluster as it is described now: images are of its Kubernetes version."""
        with self._lock:
            self._cluster = cluster

    @property
    def now(self) -> Callable[[], int]:
        """The clock by which things grow old."""
        return self._now

    @property
    def cluster(self) -> EksCluster:
        """The cluster that nodes are launched for."""
        return self._cluster

    def _recent(self, key: tuple[Any, ...], seconds: int, ask: Callable[[], Kept]) -> Kept:
        with self._lock:
            now = self._now()
            kept = self._kept.get(key)
            if kept is not None and now < kept[0] + seconds:
                found: Kept = kept[1]
                return found
            answer = ask()
            self._kept[key] = now, answer
            return answer

    def _ask_subnets(self, launch_class: LaunchClass) -> tuple[Subnet, ...]:
        terms = launch_class.subnet_terms
        answers = self._described("describe_subnets", "Subnets", terms, "subnet-id")
        if not answers:
            raise self._nothing(launch_class, "subnet", "spec.subnetSelectorTerms")
        with known_shape("DescribeSubnets", _ERRAND):
            found = {answer["SubnetId"]: _subnet(answer) for answer in answers}
        self._free |= {name: subnet.available_addresses for name, subnet in found.items()}
        return tuple(sorted(found.values(), key=lambda subnet: (subnet.zone, subnet.id)))

    def _ask_groups(self, launch_class: LaunchClass) -> tuple[str, ...]:
        terms = launch_class.security_group_terms
        answers = self._described("describe_security_groups", "SecurityGroups", terms, "group-id")
        if not answers:
            raise self._nothing(launch_class, "security group", "spec.securityGroupSelectorTerms")
        with known_shape("DescribeSecurityGroups", _ERRAND):
            return tuple(sorted({answer["GroupId"] for answer in answers}))

    def _described(
        self, operation: str, field: str, terms: Iterable[PlaceTerm], id_filter: str
    ) -> list[Mapping[str, Any]]:
        """Return what any of the terms selects; something may be there twice."""
        with aws_failures(self._region, _ERRAND):
            pages = self._clients.ec2.get_paginator(operation)
            return [
                item
                for filters in filter_sets(terms, id_filter)
                for page in pages.paginate(Filters=filters)
                for item in page.get(field, ())
            ]

    def _nothing(self, launch_class: LaunchClass, noun: str, field: str) -> InputError:
        return InputError(
            f"EC2NodeClass {launch_class.name}: {field} selects no {noun} in {self._region}",
            hint="check ids and tags of its terms, and the region and account of the controller",
        )

    def _ensure_profile(self, name: str, role: str) -> bool:
        """Make an instance profile that has the role, unless it is there; return True."""
        from botocore.exceptions import ClientError

        iam = self._clients.iam
        with aws_failures(self._region, _ERRAND):
            try:
                answer = iam.get_instance_profile(InstanceProfileName=name)
                roles = answer["InstanceProfile"]["Roles"]
            except ClientError as problem:
                if _code(problem) != _NO_ENTITY:
                    raise
                self._create_profile(name)
                roles = []
            if not any(item["RoleName"] == role for item in roles):
                self._add_role(name, role)
        return True

    def _create_profile(self, name: str) -> None:
        from botocore.exceptions import ClientError

        cluster = self._cluster.name
        tags = {CLUSTER_TAG: cluster, f"kubernetes.io/cluster/{cluster}": "owned"}
        try:
            self._clients.iam.create_instance_profile(
                InstanceProfileName=name,
                Path=f"/kubestow/{self._region}/{cluster}/",
                Tags=[{"Key": key, "Value": tags[key]} for key in sorted(tags)],
            )
        except ClientError as problem:
            if _code(problem) != _EXISTS:
                raise

    def _add_role(self, name: str, role: str) -> None:
        from botocore.exceptions import ClientError

        try:
            self._clients.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
        except ClientError as problem:
            if _code(problem) == _FULL:
                raise InputError(
                    f"instance profile {name} has another role than {role}",
                    hint="remove the profile's role in IAM, or name a profile of your own in "
                    "spec.instanceProfile",
                ) from problem
            if _code(problem) != _NO_ENTITY:
                raise
            raise InputError(
                f"there is no IAM role {role} for the nodes",
                hint="create the node role, or correct spec.role of the EC2NodeClass",
            ) from problem


def profile_name(cluster: str, role: str, region: str) -> str:
    """Return the name of the instance profile of a role in a cluster."""
    digest = sha256("\n".join((cluster, role, region)).encode()).hexdigest()[:20]
    return f"kubestow_{cluster}"[: _PROFILE_NAME_MAX - len(digest) - 1] + f"_{digest}"


def _subnet(answer: Mapping[str, Any]) -> Subnet:
    return Subnet(
        answer["SubnetId"],
        answer["AvailabilityZone"],
        answer.get("CidrBlock", ""),
        answer["AvailableIpAddressCount"],
        bool(answer.get("MapPublicIpOnLaunch")),
    )


def _code(problem: Any) -> str:
    return str(problem.response.get("Error", {}).get("Code", ""))
