"""Instances that are launched, found again and ended. Requests here change what runs, and costs.

Law: a launch is asked for once, whatever is sent twice: its ClientToken is made of the names of
what is launched, and its instances carry the cluster's tag. Sources: EC2 API reference, CreateFleet
(type instant), "Ensuring idempotency", CreateTags, DescribeInstances, TerminateInstances.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubestow.adapters.aws.failures import THROTTLED, Errand, aws_failures, known_shape
from kubestow.adapters.aws.fence import HeldBackError, check
from kubestow.adapters.aws.launch_resources import CLUSTER_TAG
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import ON_DEMAND, SPOT

ACTING_IAM_ACTIONS = (
    "ec2:CreateFleet", "ec2:CreateTags", "ec2:DescribeInstances", "ec2:TerminateInstances",
)  # fmt: skip
IMPLIED_IAM_ACTIONS = ("ec2:RunInstances",)
"""What EC2 demands for a fleet, beside the actions that are called."""
POOL_TAG, CLAIM_TAG = "kubestow.dev/nodepool", "kubestow.dev/claim"
SETTINGS_TAG = "kubestow.dev/settings"
"""The tag of an instance that says with which settings of its class it was launched."""
_ERRAND = Errand(
    "launching nodes",
    (*ACTING_IAM_ACTIONS, *IMPLIED_IAM_ACTIONS),
    again="it is tried again",
    meanwhile="pods that need new nodes wait",
    credentials="give the pod a role, or set AWS_PROFILE",
)
_TOLD = ("pending", "running", "stopping", "stopped", "shutting-down", "terminated")
"""States that are asked for: EC2 tells of a terminated instance for about an hour."""
NO_CAPACITY = frozenset({
    "InsufficientInstanceCapacity", "InsufficientFreeAddressesInSubnet",
    "MaxSpotInstanceCountExceeded", "SpotMaxPriceTooLow", "UnfulfillableCapacity",
    "Unsupported", "VcpuLimitExceeded", "InsufficientHostCapacity",
    "InsufficientReservedInstanceCapacity",
})  # fmt: skip
"""Codes of a fleet's errors after which its offering is not asked for again for a while.

Source: kubernetes-sigs karpenter-provider-aws v1.14 pkg/errors/errors.go.
"""
_TERMINATED = "terminated"
_ENDED_AT_ONCE, _SERVER_FAULT = 500, 500
_FILTERED_AT_ONCE = 200  # values of a filter
_UNKNOWN_INSTANCE = "InvalidInstanceID.NotFound"
_ENCODED = "Encoded authorization failure message"


@dataclass(frozen=True, slots=True)
class FleetRequest:
    """Instances alike: their claims' names, what they are, and where they come from."""

    claims: tuple[str, ...]
    nodepool: str
    instance_type: str
    zone: str
    capacity_type: str
    template: str
    subnet: str = ""
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def token(self) -> str:
        """The ClientToken: the same for the same request."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:48]


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What an instance was launched with; what is empty is not known.

    ``settings`` is the digest of its class's (``SETTINGS_TAG``), ``groups`` are the ids of its
    security groups, sorted.
    """

    image: str = ""
    subnet: str = ""
    groups: tuple[str, ...] = ()
    settings: str = ""


@dataclass(frozen=True, slots=True)
class OwnInstance:
    """An instance of the cluster; ``claim`` is its id until it is tagged.

    One that ``is_grouped`` was launched by the Auto Scaling group of a node group, others here; one
    that ``is_kept`` is protected from scale-in. One that ``is_to_come`` stands for an instance that
    a node group is to launch, which has no id of EC2's yet.
    """

    instance_id: str
    claim: str
    nodepool: str
    instance_type: str
    zone: str
    capacity_type: str
    state: str
    launched_at: int
    made_with: MadeWith = MadeWith()
    is_grouped: bool = False
    is_kept: bool = False
    is_to_come: bool = False

    @property
    def is_ending(self) -> bool:
        """True for one that is, or is about to be, no more."""
        return self.state in ("shutting-down", "terminated", "stopping", "stopped")


@dataclass(frozen=True, slots=True)
class FleetAnswer:
    """The instance of each claim that got one, and why the others got none."""

    instances: Mapping[str, str]
    lacks_capacity: bool = False
    message: str = ""


class UncertainLaunchError(InputError):
    """A fleet was asked for, and no answer came: whether it was launched is not known.

    The same request, sent again, launches it once.
    """


class Fleets:
    """Launches and ends the instances of a cluster.

    ``may_act`` is asked before a launch or an end. Attempts are asked about one by one where the
    client is fenced (kubestow.adapters.aws.fence).
    """

    def __init__(
        self, ec2: Any, region: str, cluster: str, may_act: Callable[[], bool] = lambda: True
    ) -> None:
        self._ec2, self._region, self._cluster = ec2, region, cluster
        self._may_act = may_act

    def launch(self, request: FleetRequest) -> FleetAnswer:
        """Ask for a fleet.

        Raise InputError where EC2 refuses the request, UncertainLaunchError where it does not
        answer or may not be asked again, HeldBackError where nothing may be sent.
        """
        from botocore import exceptions as aws
        from botocore.parsers import ResponseParserError

        check(self._may_act)
        try:
            with aws_failures(self._region, _ERRAND):
                answer = self._create(request)
        except HeldBackError as problem:  # an attempt before this one may have been heard
            raise UncertainLaunchError(problem.message, hint=problem.hint) from problem
        except InputError as problem:
            cause = problem.__cause__
            unanswered = aws.ReadTimeoutError | aws.ConnectionClosedError | ResponseParserError
            is_cut = isinstance(cause, unanswered)
            if is_cut or (isinstance(cause, aws.ClientError) and _is_a_fault(cause.response)):
                raise UncertainLaunchError(problem.message, hint=problem.hint) from problem
            raise
        with known_shape("CreateFleet", _ERRAND):
            return self._answered(request, answer)

    def _create(self, request: FleetRequest) -> Any:
        place: dict[str, str] = {"InstanceType": request.instance_type}
        place |= (
            {"SubnetId": request.subnet} if request.subnet else {"AvailabilityZone": request.zone}
        )
        tags = {"Name": f"{self._cluster}/{request.nodepool}", **dict(request.tags)}
        tags |= {CLUSTER_TAG: self._cluster, POOL_TAG: request.nodepool}
        if len(request.claims) == 1:
            tags[CLAIM_TAG] = request.claims[0]
        made = [{"Key": key, "Value": text} for key, text in sorted(tags.items())]
        return self._ec2.create_fleet(
            Type="instant",
            ClientToken=request.token,
            LaunchTemplateConfigs=[
                {
                    "LaunchTemplateSpecification": {
                        "LaunchTemplateName": request.template,
                        "Version": "$Latest",
                    },
                    "Overrides": [place],
                }
            ],
            TargetCapacitySpecification={
                "TotalTargetCapacity": len(request.claims),
                "DefaultTargetCapacityType": request.capacity_type,
            },
            **(
                {"SpotOptions": {"AllocationStrategy": "price-capacity-optimized"}}
                if request.capacity_type == SPOT
                else {"OnDemandOptions": {"AllocationStrategy": "lowest-price"}}
            ),
            TagSpecifications=[
                {"ResourceType": kind, "Tags": made} for kind in ("fleet", "instance")
            ],
        )

    def _answered(self, request: FleetRequest, answer: Mapping[str, Any]) -> FleetAnswer:
        ids = sorted(name for item in answer.get("Instances", ()) for name in item["InstanceIds"])
        instances = dict(zip(request.claims, ids, strict=False))
        if len(request.claims) > 1:
            self._tag(instances)
        errors = answer.get("Errors") or ()
        codes = {str(item.get("ErrorCode", "")) for item in errors}
        said = sorted({_said(item) for item in errors})
        lacks = len(instances) < len(request.claims) and (not codes or bool(codes & NO_CAPACITY))
        return FleetAnswer(instances, lacks, "; ".join(said))

    def _tag(self, instances: Mapping[str, str]) -> None:
        """Write on each instance which claim it is.

        One that is not told, because whoever asked ended, was refused or may not act any more, is
        known by its id (``own``).
        """
        for claim, name in instances.items():
            with contextlib.suppress(InputError), aws_failures(self._region, _ERRAND):
                self._ec2.create_tags(Resources=[name], Tags=[{"Key": CLAIM_TAG, "Value": claim}])

    def own(self) -> tuple[OwnInstance, ...]:
        """Return the cluster's instances, also those that have ended, in the order of their ids."""
        found = self._told(
            [
                {"Name": f"tag:{CLUSTER_TAG}", "Values": [self._cluster]},
                {"Name": "instance-state-name", "Values": list(_TOLD)},
            ]
        )
        return tuple(sorted(found, key=lambda item: item.instance_id))

    def existing(self, ids: Iterable[str]) -> frozenset[str]:
        """Return which of these instances exist, whatever their tags say."""
        found = self.described(ids)
        return frozenset(item.instance_id for item in found if item.state != _TERMINATED)

    def described(self, ids: Iterable[str]) -> tuple[OwnInstance, ...]:
        """Return those of these instances that EC2 tells of, whatever their tags say."""
        wanted, found = sorted(set(ids)), []
        for start in range(0, len(wanted), _FILTERED_AT_ONCE):
            some = wanted[start : start + _FILTERED_AT_ONCE]
            found += self._told([{"Name": "instance-id", "Values": some}])
        return tuple(found)

    def _told(self, filters: Sequence[Mapping[str, Any]]) -> list[OwnInstance]:
        found: list[OwnInstance] = []
        with aws_failures(self._region, _ERRAND):
            for page in self._ec2.get_paginator("describe_instances").paginate(Filters=filters):
                with known_shape("DescribeInstances", _ERRAND):
                    for reservation in page.get("Reservations", ()):
                        found += [_own(item) for item in reservation["Instances"]]
        return found

    def end(self, ids: Iterable[str]) -> None:
        """Terminate instances; those that are gone are no mistake."""
        from botocore.exceptions import ClientError

        check(self._may_act)
        wanted = sorted(set(ids))
        with aws_failures(self._region, _ERRAND):
            for start in range(0, len(wanted), _ENDED_AT_ONCE):
                some = wanted[start : start + _ENDED_AT_ONCE]
                try:
                    self._ec2.terminate_instances(InstanceIds=some)
                except ClientError as problem:
                    if problem.response["Error"]["Code"] in THROTTLED or len(some) == 1:
                        _raise_unless_gone(problem)
                    else:
                        self._end_each(some)

    def _end_each(self, ids: Sequence[str]) -> None:
        """Terminate one by one: EC2 ends none where one is unknown or protected."""
        from botocore.exceptions import ClientError

        refused: ClientError | None = None
        for name in ids:
            try:
                self._ec2.terminate_instances(InstanceIds=[name])
            except ClientError as problem:
                if problem.response["Error"]["Code"] != _UNKNOWN_INSTANCE:
                    refused = problem
        if refused is not None:
            raise refused


def _said(error: Mapping[str, Any]) -> str:
    """Return an error of a fleet, without what is encoded anew in each answer."""
    message = str(error.get("ErrorMessage", "")).partition(_ENCODED)[0].strip()
    return f"{error.get('ErrorCode', '')}: {message}"


def _raise_unless_gone(problem: Any) -> None:
    if problem.response["Error"]["Code"] != _UNKNOWN_INSTANCE:
        raise problem


def _is_a_fault(response: Mapping[str, Any]) -> bool:
    """Return whether an answer is a fault of EC2's, after which the request may be done or not."""
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(response.get("Error", {}).get("Code", ""))
    return status >= _SERVER_FAULT and code not in THROTTLED and code not in NO_CAPACITY


def _own(item: Mapping[str, Any]) -> OwnInstance:
    tags = {tag["Key"]: tag["Value"] for tag in item.get("Tags", ())}
    name = item["InstanceId"]
    return OwnInstance(
        name,
        tags.get(CLAIM_TAG, "") or name,
        tags.get(POOL_TAG, ""),
        item["InstanceType"],
        item["Placement"]["AvailabilityZone"],
        SPOT if item.get("InstanceLifecycle") == "spot" else ON_DEMAND,
        item["State"]["Name"],
        int(item["LaunchTime"].timestamp()),
        MadeWith(
            item.get("ImageId", ""),
            item.get("SubnetId", ""),
            tuple(sorted(group["GroupId"] for group in item.get("SecurityGroups", ()))),
            tags.get(SETTINGS_TAG, ""),
        ),
    )
