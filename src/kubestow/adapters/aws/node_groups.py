"""Managed node groups: what EKS and EC2 Auto Scaling tell of them, and how they are changed.

A group is named by EKS, and its instances are those of one Auto Scaling group. Sources: EKS API
reference, DescribeNodegroup (amiType, scalingConfig, resources); EC2 Auto Scaling API reference,
DescribeAutoScalingGroups, DescribeScalingActivities, SetDesiredCapacity and
TerminateInstanceInAutoScalingGroup.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubestow.adapters.aws.clients import access
from kubestow.adapters.aws.failures import Errand, aws_failures, known_shape
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.nodepool_disruption import seconds_or_never
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import ON_DEMAND, SPOT
from kubestow.model.managed_group import UNNEEDED_SECONDS, GroupMember, GroupSize, ManagedGroup
from kubestow.model.nodepool import GIB
from kubestow.model.taints import Taint

ACTING_IAM_ACTIONS = (
    "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities",
    "autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup",
    "eks:DescribeNodegroup",
)  # fmt: skip
CONSOLIDATE_TAG = "kubestow.dev/consolidate-after"
"""The tag of a node group: how long a node is there before it is consolidated, or Never."""
STARTUP_TAG = "kubestow.dev/startup-taints"
"""The tag of a node group: the keys of taints that somebody takes away from a node that comes."""
_STARTUP_TAINTS = (
    "node.cilium.io/agent-not-ready", "ebs.csi.aws.com/agent-not-ready",
    "efs.csi.aws.com/agent-not-ready",
)  # fmt: skip
_STARTUP_PREFIXES = (
    "startup-taint.cluster-autoscaler.kubernetes.io/",
    "ignore-taint.cluster-autoscaler.kubernetes.io/",
)
"""Sources: the documentation of Cilium and of the drivers of EBS and EFS; Cluster Autoscaler's."""
_ERRAND = Errand(
    "--node-group",
    ACTING_IAM_ACTIONS,
    again="it is asked again",
    meanwhile="no node of the group is launched",
    credentials="set AWS_PROFILE, or give the pod a role",
)
_NO_GROUP = "ResourceNotFoundException"
_FAMILIES = {"AL2023": "AL2023", "AL2": "AL2", "BOTTLEROCKET": "Bottlerocket", "CUSTOM": "AL2023"}
_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"
}  # fmt: skip
_UPDATING = "UPDATING"
_LAUNCHING = ("ACTIVE", "DEGRADED", _UPDATING)
"""States of a group that can launch nodes."""
_TERMINATING = "Terminating"
_OURS = ("Pending", "InService", "Replacing", _TERMINATING)
"""How the lifecycle states of instances begin that run pods, or are about to."""
_ACTIVITIES = 50
_FAILED = ("Failed", "Cancelled")


class NodeGroupApi:
    """Asks about the managed node groups of a cluster, and changes them.

    Its methods raise InputError where AWS cannot be asked or refuses, and those that change
    something HeldBackError where nothing may be sent.
    """

    def __init__(self, eks: Any, autoscaling: Any, region: str, cluster: str) -> None:
        self._eks, self._autoscaling = eks, autoscaling
        self._region, self._cluster = region, cluster

    def group(self, name: str) -> ManagedGroup:
        """Return a group as it is now; raise InputError where there is none, or it is not known."""
        described = self._described(name)
        with known_shape("DescribeNodegroup", _ERRAND):
            scaling_group = _scaling_group(described)
        found = self._scaling([scaling_group])
        if not found:
            raise _refused(name, f"Auto Scaling has no group {scaling_group}")
        with known_shape("DescribeNodegroup", _ERRAND):
            return _group(described, found[0])

    def sizes(self, scaling_groups: Sequence[str]) -> dict[str, GroupSize]:
        """Return how many instances Auto Scaling groups want and have, by name."""
        found = self._scaling(scaling_groups)
        with known_shape("DescribeAutoScalingGroups", _ERRAND):
            return {item["AutoScalingGroupName"]: _size(item) for item in found}

    def failures(self, scaling_group: str, since: int) -> tuple[str, ...]:
        """Return why launches that began at an instant or later failed; the newest first."""
        return tuple(why for at, why in self._launches(scaling_group) if why and at >= since)

    def last_failure(self, scaling_group: str) -> str:
        """Return why the launch that began last failed; empty if it did not."""
        return next((why for _, why in self._launches(scaling_group)), "")

    def _launches(self, scaling_group: str) -> list[tuple[int, str]]:
        """Return when the last launches began, the newest first, and why each failed, if so."""
        with aws_failures(self._region, _ERRAND):
            answer = self._autoscaling.describe_scaling_activities(
                AutoScalingGroupName=scaling_group, MaxRecords=_ACTIVITIES
            )
        with known_shape("DescribeScalingActivities", _ERRAND):
            return [
                (int(item["StartTime"].timestamp()), _why(item))
                for item in answer["Activities"]
                if str(item.get("Description", "")).startswith("Launching")
            ]

    def resize(self, scaling_group: str, count: int) -> None:
        """Ask for so many instances in all."""
        with aws_failures(self._region, _ERRAND):
            self._autoscaling.set_desired_capacity(
                AutoScalingGroupName=scaling_group, DesiredCapacity=count, HonorCooldown=False
            )

    def end(self, instance: str, *, shrinks: bool) -> None:
        """Terminate an instance of a group, and let the group want one fewer if it ``shrinks``.

        One that is gone is no mistake.
        """
        from botocore.exceptions import ClientError

        with aws_failures(self._region, _ERRAND):
            try:
                self._autoscaling.terminate_instance_in_auto_scaling_group(
                    InstanceId=instance, ShouldDecrementDesiredCapacity=shrinks
                )
            except ClientError as problem:
                if "not found" not in str(problem.response["Error"].get("Message", "")).lower():
                    raise

    def _scaling(self, names: Sequence[str]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        with aws_failures(self._region, _ERRAND):
            asked = self._autoscaling.get_paginator("describe_auto_scaling_groups")
            for page in asked.paginate(AutoScalingGroupNames=list(names)):
                found += page.get("AutoScalingGroups", ())
        return found

    def _described(self, name: str) -> Mapping[str, Any]:
        from botocore.exceptions import ClientError

        with aws_failures(self._region, _ERRAND):
            try:
                answer = self._eks.describe_nodegroup(clusterName=self._cluster, nodegroupName=name)
            except ClientError as problem:
                if problem.response.get("Error", {}).get("Code", "") != _NO_GROUP:
                    raise
                raise InputError(
                    f"--node-group {name}: the cluster {self._cluster} has no such node group",
                    hint=f"'aws eks list-nodegroups --cluster-name {self._cluster}' lists them",
                ) from problem
        with known_shape("DescribeNodegroup", _ERRAND):
            found: Mapping[str, Any] = answer["nodegroup"]
            return found


def node_group_api(
    region: str, cluster: str, may_act: Callable[[], bool] = lambda: True
) -> NodeGroupApi:
    """Return who is asked about the node groups of a cluster.

    Requests ask ``may_act`` before they change something, and are sent once: an instance that is
    ended twice lets its group want two fewer.
    """
    own = access(region, _ERRAND)
    autoscaling = own.client("autoscaling", attempts=1, may_act=may_act)
    return NodeGroupApi(own.client("eks"), autoscaling, region, cluster)


def _why(activity: Mapping[str, Any]) -> str:
    """Return why a scaling activity failed; empty if it did not."""
    if activity["StatusCode"] not in _FAILED:
        return ""
    return " ".join(str(activity.get("StatusMessage") or activity["Description"]).split())


def _refused(group: str, message: str, hint: str = "") -> InputError:
    return InputError(
        f"--node-group {group}: {message}",
        hint=hint or "leave the group out; Cluster Autoscaler can go on with it",
    )


def _scaling_group(item: Mapping[str, Any]) -> str:
    """Return the name of the Auto Scaling group of a node group."""
    names = [each["name"] for each in (item.get("resources") or {}).get("autoScalingGroups") or ()]
    if len(names) != 1:
        raise _refused(
            item["nodegroupName"],
            f"it has {len(names)} Auto Scaling groups (status {item.get('status')})",
            "wait until 'aws eks describe-nodegroup' shows status ACTIVE",
        )
    return str(names[0])


def _group(item: Mapping[str, Any], scaling: Mapping[str, Any]) -> ManagedGroup:
    name, status = item["nodegroupName"], item.get("status", "")
    sizes, tags = item["scalingConfig"], item.get("tags") or {}
    types = tuple(item.get("instanceTypes") or ()) or tuple(
        sorted({member.instance_type for member in _size(scaling).members})
    )
    taints = [_taint(each) for each in item.get("taints") or ()]
    named = {key.strip() for key in tags.get(STARTUP_TAG, "").replace(",", " ").split()}
    startup = [
        taint
        for taint in taints
        if taint.key in named.union(_STARTUP_TAINTS) or taint.key.startswith(_STARTUP_PREFIXES)
    ]
    capacity = item.get("capacityType") or "ON_DEMAND"
    if capacity not in ("ON_DEMAND", "SPOT"):
        raise _refused(name, f"capacityType {capacity} is not in the catalog")
    return ManagedGroup(
        name,
        scaling["AutoScalingGroupName"],
        int(sizes["minSize"]),
        int(sizes["maxSize"]),
        types,
        tuple(sorted(scaling["AvailabilityZones"])),
        SPOT if capacity == "SPOT" else ON_DEMAND,
        _family(name, item.get("amiType") or "AL2023_x86_64_STANDARD"),
        tuple(sorted((item.get("labels") or {}).items())),
        tuple(taint for taint in taints if taint not in startup),
        tuple(startup),
        item["diskSize"] * GIB if item.get("diskSize") else None,
        "" if status in _LAUNCHING else f"EKS says that it is {status}",
        status == _UPDATING,
        _consolidate_after(name, tags),
    )


def _family(group: str, ami_type: str) -> str:
    family = _FAMILIES.get(ami_type.partition("_")[0])
    if family is None:
        raise _refused(group, f"amiType {ami_type} is not one that kubestow plans nodes of")
    return family


def _consolidate_after(group: str, tags: Mapping[str, str]) -> int | None:
    text = tags.get(CONSOLIDATE_TAG)
    if text is None:
        return UNNEEDED_SECONDS
    try:
        return seconds_or_never(text, CONSOLIDATE_TAG)
    except FieldError as mistake:
        raise _refused(group, f"tag {mistake.field}: {mistake.message}", mistake.hint) from mistake


def _taint(item: Mapping[str, Any]) -> Taint:
    return Taint(item.get("key", ""), item.get("value") or "", _EFFECTS[item["effect"]])


def _size(item: Mapping[str, Any]) -> GroupSize:
    members = [
        GroupMember(
            each["InstanceId"],
            each.get("InstanceType") or "",
            each["AvailabilityZone"],
            each["LifecycleState"].startswith(_TERMINATING),
            bool(each.get("ProtectedFromScaleIn")),
        )
        for each in item.get("Instances") or ()
        if each["LifecycleState"].startswith(_OURS)
    ]
    return GroupSize(int(item["DesiredCapacity"]), tuple(members))
