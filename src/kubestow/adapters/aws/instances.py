"""What EC2 tells of running instances, and what spot costs now. Requests only describe.

Sources: EC2 API reference, DescribeInstances (InstanceLifecycle is absent on demand, filter values
at most 200) and DescribeSpotPriceHistory.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from kubestow.adapters.aws.clients import access
from kubestow.adapters.aws.failures import Errand, aws_failures, known_shape
from kubestow.adapters.aws.spot import SpotPrices, keep_latest, spot_pages
from kubestow.model.instance_type import ON_DEMAND, SPOT
from kubestow.model.observed import RunningInstance
from kubestow.model.spot_prices import Place

IAM_ACTIONS = (
    "ec2:DescribeInstances", "ec2:DescribeSpotPriceHistory",
)  # fmt: skip
_ERRAND = Errand(
    "--ec2",
    IAM_ACTIONS,
    again="run the command again",
    meanwhile="without --ec2 nodes are what their labels say, at the catalog's prices",
    credentials="set AWS_PROFILE, give the pod a role, or omit --ec2",
)
_FILTER_MOST = 200
_KINDS = {"spot": SPOT, "capacity-block": "capacity-block"}


def make_client(region: str) -> Any:
    """Return a client of EC2 in a region; raise InputError for an invalid profile."""
    return access(region, _ERRAND).client("ec2")


def running_instances(ec2: Any, region: str, ids: Iterable[str]) -> dict[str, RunningInstance]:
    """Return the instances that there are of these ids; those that are gone are left out.

    Raises InputError where EC2 cannot be asked.
    """
    wanted = sorted(set(ids))
    found: dict[str, RunningInstance] = {}
    with aws_failures(region, _ERRAND):
        pages = ec2.get_paginator("describe_instances")
        for start in range(0, len(wanted), _FILTER_MOST):
            asked = [{"Name": "instance-id", "Values": wanted[start : start + _FILTER_MOST]}]
            for page in pages.paginate(Filters=asked):
                with known_shape("DescribeInstances", _ERRAND):
                    for reservation in page.get("Reservations", ()):
                        for item in reservation["Instances"]:
                            found[item["InstanceId"]] = _instance(item)
    return found


def _instance(item: Mapping[str, Any]) -> RunningInstance:
    launched = item.get("LaunchTime")
    return RunningInstance(
        item["InstanceType"],
        item["Placement"]["AvailabilityZone"],
        _KINDS.get(item.get("InstanceLifecycle", ""), ON_DEMAND),
        item["State"]["Name"],
        None if launched is None else int(launched.timestamp()),
        item.get("CapacityReservationId", ""),
    )


def current_spot_prices(ec2: Any, region: str) -> dict[Place, int]:
    """Return the current Linux price of each spot offering, in nano-USD an hour.

    Raises InputError where EC2 cannot be asked.
    """
    latest: SpotPrices = {}
    with aws_failures(region, _ERRAND):
        for records in spot_pages(ec2, datetime.now(UTC)):
            with known_shape("DescribeSpotPriceHistory", _ERRAND):
                keep_latest(latest, records)
    return {place: nano for place, (_, nano) in latest.items()}
