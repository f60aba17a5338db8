"""Instances of the cloud that fail their status checks, or that EC2 has scheduled something for.

Law: it answers as EC2 does: filters of one request must all hold, and instances that do not run are
not told of. Source: EC2 API reference, DescribeInstanceStatus.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree import ElementTree

from .ec2_query import AwsRequest, HttpAnswer, answer, element, filters

_OK = "<status>ok</status>"

Send = Callable[[dict[str, str] | None], HttpAnswer]
"""Sends a request to moto, with other parameters if there are some."""


@dataclass
class StatusFaults:
    """Since when the system status check of instances fails, and the events that are scheduled."""

    impaired: dict[str, datetime] = field(default_factory=dict)
    scheduled: dict[str, str] = field(default_factory=dict)

    def answered(self, request: AwsRequest, send: Send) -> HttpAnswer | None:
        """Return the answer to DescribeInstanceStatus; None for what is moto's alone."""
        parameters = request.parameters
        if parameters.get("Action") != "DescribeInstanceStatus":
            return None
        wanted = filters(parameters)
        told = [
            name
            for name in sorted({*self.impaired, *self.scheduled} & _running(send))
            if all(self._value(name, key) in values for key, values in wanted.items())
        ]
        items = "".join(self._item(name) for name in told)
        return answer("DescribeInstanceStatus", f"<instanceStatusSet>{items}</instanceStatusSet>")

    def _value(self, name: str, key: str) -> str:
        """Return what an instance has for a filter."""
        if key == "event.code":
            return self.scheduled.get(name, "")
        is_bad = key == "system-status.status" and name in self.impaired
        return "impaired" if is_bad else "ok"

    def _item(self, name: str) -> str:
        since, code = self.impaired.get(name), self.scheduled.get(name)
        system = _OK
        if since is not None:
            instant = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            system = (
                "<status>impaired</status><details><item><name>reachability</name>"
                f"<status>failed</status>{element('impairedSince', instant)}</item></details>"
            )
        event = f"<item>{element('code', code)}</item>" if code else ""
        return (
            f"<item>{element('instanceId', name)}<systemStatus>{system}</systemStatus>"
            f"<instanceStatus>{_OK}</instanceStatus><eventsSet>{event}</eventsSet></item>"
        )


def _running(send: Send) -> set[str]:
    """Return the ids of the instances that run."""
    made = send({
        "Action": "DescribeInstances", "Version": "2016-11-15",
        "Filter.1.Name": "instance-state-name", "Filter.1.Value.1": "running",
    })  # fmt: skip
    root = ElementTree.fromstring(made.body)
    return {item.text or "" for item in root.iterfind(".//{*}instancesSet/{*}item/{*}instanceId")}
