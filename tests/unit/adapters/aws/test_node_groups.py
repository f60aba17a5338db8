"""Managed node groups as EKS and Auto Scaling tell of them, and how they are changed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kubestow.adapters.aws.node_groups import NodeGroupApi, node_group_api
from kubestow.model.input_error import InputError
from kubestow.model.managed_group import GroupMember, GroupSize, ManagedGroup
from kubestow.model.nodepool import GIB
from kubestow.model.taints import Taint

REGION = "ap-northeast-2"
GROUP = {
    "nodegroupName": "web",
    "status": "ACTIVE",
    "capacityType": "ON_DEMAND",
    "instanceTypes": ["m5.large", "m5a.large"],
    "amiType": "BOTTLEROCKET_x86_64",
    "diskSize": 50,
    "labels": {"team": "a"},
    "taints": [{"key": "only", "value": "web", "effect": "NO_SCHEDULE"}],
    "scalingConfig": {"minSize": 1, "maxSize": 6, "desiredSize": 4},
    "resources": {"autoScalingGroups": [{"name": "eks-web"}]},
}
SCALING = {
    "AutoScalingGroupName": "eks-web",
    "DesiredCapacity": 4,
    "MinSize": 1,
    "MaxSize": 9,
    "AvailabilityZones": ["c", "a"],
    "Instances": [
        {"InstanceId": f"i-{number}", "InstanceType": "m5.large", "AvailabilityZone": "a",
         "LifecycleState": state}
        for number, state in enumerate(["InService", "Pending:Wait", "Terminating", "Standby"])
    ],
}  # fmt: skip
READ = ManagedGroup(
    "web", "eks-web", 1, 6, ("m5.large", "m5a.large"), ("a", "c"), "on-demand", "Bottlerocket",
    (("team", "a"),), (Taint("only", "web", "NoSchedule"),), (), 50 * GIB,
)  # fmt: skip


def rejected(code: str, message: str = "no", operation: str = "DescribeNodegroup") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Aws:
    """EKS and Auto Scaling with one group."""

    def __init__(self, scaling: Any = SCALING, **changes: Any) -> None:
        self.group = {k: v for k, v in {**GROUP, **changes}.items() if v is not None}
        self.scaling = [scaling] if scaling else []
        self.asked: list[Any] = []
        self.problem: ClientError | None = None
        self.activities: list[Any] = []

    def describe_nodegroup(self, **wanted: str) -> Any:
        if self.problem is not None:
            raise self.problem
        return {"nodegroup": self.group}

    def get_paginator(self, name: str) -> "Aws":
        assert name == "describe_auto_scaling_groups"
        return self

    def paginate(self, **wanted: Any) -> Any:
        return [{"AutoScalingGroups": self.scaling}]

    def describe_scaling_activities(self, **wanted: Any) -> Any:
        return {"Activities": self.activities}

    def set_desired_capacity(self, **wanted: Any) -> None:
        self.asked.append(wanted)

    def terminate_instance_in_auto_scaling_group(self, **wanted: Any) -> None:
        if self.problem is not None:
            raise self.problem
        self.asked.append(wanted)

    def api(self) -> NodeGroupApi:
        return NodeGroupApi(self, self, REGION, "shop")


def test_a_group_is_read_whole() -> None:
    assert Aws().api().group("web") == READ
    members = (GroupMember("i-0", "m5.large", "a"), GroupMember("i-1", "m5.large", "a"))
    ending = GroupMember("i-2", "m5.large", "a", is_ending=True)
    size = GroupSize(4, (*members, ending))
    assert Aws().api().sizes(["eks-web"]) == {"eks-web": size}
    assert size.coming == 2


def test_what_a_group_does_not_say_has_a_default() -> None:
    changes = {"capacityType": None, "amiType": None, "diskSize": None, "taints": None}
    found = Aws(**changes, labels=None, status="CREATING").api().group("web")
    assert found == replace(
        READ, ami_family="AL2023", labels=(), taints=(), disk_bytes=None,
        trouble="EKS says that it is CREATING",
    )  # fmt: skip
    found = Aws(capacityType="SPOT", instanceTypes=None).api().group("web")
    assert (found.capacity_type, found.instance_types) == ("spot", ("m5.large",))


@pytest.mark.parametrize(
    ("tag", "seconds"), [("10s", 10), ("1h30m", 5_400), ("Never", None), (None, 600)]
)
def test_a_tag_says_after_how_long_nodes_are_consolidated(
    tag: str | None, seconds: int | None
) -> None:
    tags = {} if tag is None else {"kubestow.dev/consolidate-after": tag}
    found = Aws(tags=tags).api().group("web")
    assert found.consolidate_after == seconds


@pytest.mark.parametrize(
    ("changes", "scaling", "message"),
    [
        ({"amiType": "WINDOWS_CORE_2022_x86_64"}, SCALING, "amiType WINDOWS"),
        ({"capacityType": "CAPACITY_BLOCK"}, SCALING, "capacityType CAPACITY_BLOCK"),
        ({"resources": {}}, SCALING, "0 Auto Scaling groups"),
        ({}, None, "Auto Scaling has no group eks-web"),
        ({"tags": {"kubestow.dev/consolidate-after": "soon"}}, SCALING, "'soon' is not a duration"),
    ],
)
def test_a_group_that_cannot_be_scaled_is_refused_by_name(
    changes: dict[str, Any], scaling: Any, message: str
) -> None:
    with pytest.raises(InputError, match=f"--node-group web: .*{message}") as caught:
        Aws(scaling, **changes).api().group("web")
    assert caught.value.hint


def test_a_group_that_is_not_there_is_no_other_failure() -> None:
    aws = Aws()
    aws.problem = rejected("ResourceNotFoundException")
    with pytest.raises(InputError, match="the cluster shop has no such node group") as caught:
        aws.api().group("web")
    assert "list-nodegroups" in caught.value.hint
    aws.problem = rejected("AccessDeniedException")
    with pytest.raises(InputError, match="not allowed to call eks:DescribeNodegroup"):
        aws.api().group("web")


def test_only_launches_that_failed_since_then_count() -> None:
    aws = Aws()
    aws.activities = [
        {"StatusCode": code, "StartTime": datetime.fromtimestamp(at, UTC), "Description": what,
         "StatusMessage": f"{what}\n  at {at}"}
        for code, at, what in [
            ("Failed", 120, "Launching a new EC2 instance"),
            ("Successful", 110, "Launching a new EC2 instance"),
            ("Failed", 90, "Launching a new EC2 instance"),
            ("Failed", 130, "Terminating EC2 instance: i-1"),
        ]
    ]  # fmt: skip
    assert aws.api().failures("eks-web", 100) == ("Launching a new EC2 instance at 120",)
    assert aws.api().last_failure("eks-web") == "Launching a new EC2 instance at 120"
    for going_on in ("InProgress", "PreInService", "Successful"):
        aws.activities[0]["StatusCode"] = going_on
        assert aws.api().last_failure("eks-web") == ""
    aws.activities = []
    assert aws.api().last_failure("eks-web") == ""


def test_instances_are_asked_for_and_ended() -> None:
    aws = Aws()
    aws.api().resize("eks-web", 5)
    aws.api().end("i-1", shrinks=True)
    assert aws.asked == [
        {"AutoScalingGroupName": "eks-web", "DesiredCapacity": 5, "HonorCooldown": False},
        {"InstanceId": "i-1", "ShouldDecrementDesiredCapacity": True},
    ]
    ending = "TerminateInstanceInAutoScalingGroup"
    aws.problem = rejected("ValidationError", "Instance Id not found - i-1", ending)
    aws.api().end("i-1", shrinks=True)
    aws.problem = rejected("ValidationError", "it violates the group's min size", ending)
    with pytest.raises(InputError, match=f"rejected autoscaling:{ending} with ValidationError"):
        aws.api().end("i-1", shrinks=True)


def test_an_answer_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(InputError, match="unexpected response to DescribeNodegroup"):
        Aws(taints=[{"key": "a", "effect": "SOMETIMES"}]).api().group("web")


def test_requests_are_asked_about_before_each_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "testing")
    api = node_group_api(REGION, "shop", lambda: False)
    with pytest.raises(InputError, match="actions are held back"):
        api.resize("eks-web", 5)


def test_taints_that_somebody_takes_away_are_not_those_of_a_node() -> None:
    keys = ["node.cilium.io/agent-not-ready", "own/starting", "only"]
    taints = [{"key": key, "effect": "NO_EXECUTE"} for key in keys]
    found = Aws(taints=taints, tags={"kubestow.dev/startup-taints": "own/starting"}).api()
    group = found.group("web")
    assert [taint.key for taint in group.startup_taints] == keys[:2]
    assert [taint.key for taint in group.taints] == keys[2:]


def test_a_group_may_be_updating_and_without_types() -> None:
    found = Aws({**SCALING, "Instances": []}, instanceTypes=None, status="UPDATING").api()
    group = found.group("web")
    assert (group.is_updating, group.trouble, group.instance_types) == (True, "", ())
    scaling = {**SCALING, "Instances": [{**SCALING["Instances"][0], "ProtectedFromScaleIn": True}]}
    assert Aws(scaling).api().sizes(["eks-web"])["eks-web"].members[0].is_kept
