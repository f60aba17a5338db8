"""Managed node groups of the cloud: what EKS tells of them, and Auto Scaling groups that fail.

Law: moto launches and ends; what is added is that a group without capacity wants instances that do
not come, and tells why.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from .ec2_query import AwsRequest, HttpAnswer

if TYPE_CHECKING:
    from .cloud import LiveCloud

_NAMESPACE = "http://autoscaling.amazonaws.com/doc/2011-01-01/"
_BOUNDARY = "//"
_DESIRED = re.compile(r"<DesiredCapacity>\d+</DesiredCapacity>")


Send = Callable[[dict[str, str] | None], HttpAnswer]
"""Sends a request to moto, with other parameters if there are some."""


@dataclass(frozen=True)
class MadeGroup:
    """A node group: its name, that of its Auto Scaling group, and its launch template."""

    name: str
    scaling_group: str
    template: str


@dataclass
class ScalingFaults:
    """Auto Scaling groups that have no capacity: what they want stays wanted until they have."""

    exhausted: set[str] = field(default_factory=set)
    wanted: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def relieve(self, scaling: Any, exhausted: Collection[str] = ()) -> None:
        """Let other groups be without capacity; those that have it again launch what they want."""
        self.exhausted = set(exhausted)
        for name, (count, _) in list(self.wanted.items()):
            if name not in self.exhausted:
                scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=count)

    def answered(self, request: AwsRequest, send: Send) -> HttpAnswer | None:
        """Return the answer to a request about such a group; None for what is moto's alone."""
        action, name = (
            request.parameters.get(key, "") for key in ("Action", "AutoScalingGroupName")
        )
        if action == "SetDesiredCapacity":
            self.wanted.pop(name, None)
            count = int(request.parameters["DesiredCapacity"])
            if name in self.exhausted and count > _has(name, send):
                self.wanted[name] = count, datetime.now(UTC)
                return _answer("SetDesiredCapacity", "")
        if action == "DescribeAutoScalingGroups" and self.wanted:
            return self._wanting(send(None))
        if action == "DescribeScalingActivities" and name in self.wanted:
            return _answer(action, f"<Activities>{self._activity(name)}</Activities>")
        return None

    def _wanting(self, made: HttpAnswer) -> HttpAnswer:
        body = made.body.decode()
        parts = re.split(r"(?=<AutoScalingGroupName>)", body)
        for number, part in enumerate(parts):
            for name, (count, _) in self.wanted.items():
                if part.startswith(f"<AutoScalingGroupName>{name}<"):
                    desired = f"<DesiredCapacity>{count}</DesiredCapacity>"
                    parts[number] = _DESIRED.sub(desired, part, count=1)
        return HttpAnswer(made.status, made.headers, "".join(parts).encode())

    def _activity(self, name: str) -> str:
        at = self.wanted[name][1].isoformat()
        said = escape(
            "We currently do not have sufficient capacity in the Availability Zone you requested. "
            "Launching EC2 instance failed."
        )
        return (
            f"<member><ActivityId>1</ActivityId><AutoScalingGroupName>{name}</AutoScalingGroupName>"
            f"<Description>Launching a new EC2 instance</Description><StartTime>{at}</StartTime>"
            f"<Cause>wanted</Cause><StatusCode>Failed</StatusCode>"
            f"<StatusMessage>{said}</StatusMessage></member>"
        )


def _has(name: str, send: Send) -> int:
    """Return how many instances moto's group wants."""
    wanted = {"Action": "DescribeAutoScalingGroups", "Version": "2011-01-01"}
    made = send(wanted | {"AutoScalingGroupNames.member.1": name})
    found = _DESIRED.search(made.body.decode())
    return int(re.sub(r"\D", "", found[0])) if found else 0


def _answer(action: str, content: str) -> HttpAnswer:
    body = (
        f'<{action}Response xmlns="{_NAMESPACE}"><{action}Result>{content}</{action}Result>'
        f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    )
    return HttpAnswer("200 OK", [("Content-Type", "text/xml")], body.encode())


def make_group(
    served: "LiveCloud",
    cluster: str,
    name: str,
    instance_type: str,
    zones: Sequence[str],
    *,
    sizes: tuple[int, int, int] = (0, 0, 10),
    labels: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> MadeGroup:
    """Make a managed node group of one type; ``sizes`` are its least, desired and largest."""
    eks, ec2, scaling = (served.client(each) for each in ("eks", "ec2", "autoscaling"))
    subnets = [
        item["SubnetId"]
        for item in ec2.describe_subnets()["Subnets"]
        if item["AvailabilityZone"] in zones
    ]
    least, desired, most = sizes
    made = eks.create_nodegroup(
        clusterName=cluster,
        nodegroupName=name,
        scalingConfig={"minSize": least, "desiredSize": desired, "maxSize": most},
        subnets=subnets,
        instanceTypes=[instance_type],
        amiType="AL2023_x86_64_STANDARD",
        nodeRole="arn:aws:iam::123456789012:role/nodes",
        labels=dict(labels or {}),
        tags=dict(tags or {}),
    )["nodegroup"]
    scaling_group = made["resources"]["autoScalingGroups"][0]["name"]
    template = f"eks-{name}"
    own = {"eks.amazonaws.com/nodegroup": name, "eks.amazonaws.com/capacityType": "ON_DEMAND"}
    ec2.create_launch_template(
        LaunchTemplateName=template,
        LaunchTemplateData={
            "ImageId": served.images["eks", "x86_64"],
            "InstanceType": instance_type,
            "UserData": b64encode(_user_data(own | dict(labels or {})).encode()).decode(),
        },
    )
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=scaling_group,
        LaunchTemplate={"LaunchTemplateName": template, "Version": "$Latest"},
        MinSize=least,
        DesiredCapacity=desired,
        MaxSize=most,
        VPCZoneIdentifier=",".join(subnets),
        Tags=[
            {"Key": key, "Value": text, "PropagateAtLaunch": True}
            for key, text in (("eks:cluster-name", cluster), ("eks:nodegroup-name", name))
        ],
    )
    return MadeGroup(name, scaling_group, template)


def members(served: "LiveCloud") -> dict[str, str]:
    """Return the launch template of each instance of an Auto Scaling group."""
    pages = served.client("autoscaling").get_paginator("describe_auto_scaling_groups").paginate()
    return {
        each["InstanceId"]: item["LaunchTemplate"]["LaunchTemplateName"]
        for page in pages
        for item in page["AutoScalingGroups"]
        for each in item["Instances"]
    }


def sizes(served: "LiveCloud") -> dict[str, int]:
    """Return how many instances each Auto Scaling group wants."""
    pages = served.client("autoscaling").get_paginator("describe_auto_scaling_groups").paginate()
    return {
        item["AutoScalingGroupName"]: item["DesiredCapacity"]
        for page in pages
        for item in page["AutoScalingGroups"]
    }


def _user_data(labels: Mapping[str, str]) -> str:
    """Return what EKS gives nodeadm, as far as the stand-in for kubelet reads it."""
    said = ",".join(f"{key}={text}" for key, text in sorted(labels.items()))
    config: dict[str, Any] = {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {"kubelet": {"config": {}, "flags": [f"--node-labels={said}"]}},
    }
    return (
        f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{_BOUNDARY}"\n\n'
        f"--{_BOUNDARY}\nContent-Type: application/node.eks.aws\n\n{json.dumps(config)}\n"
        f"--{_BOUNDARY}--\n"
    )
