"""A fence asks before each attempt that changes something, and never before one that reads."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from kubestow.adapters.aws.fence import HeldBackError
from kubestow.adapters.aws.launch_resources import make_launch_clients

pytestmark = pytest.mark.usefixtures("aws")


class Body(BytesIO):
    """What urllib3 reads an answer from."""

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.read()


@dataclass
class Wire:
    """Where attempts would go; each answers with a fault after which botocore tries again."""

    may_act: bool = True
    loses: bool = False  # whether the Lease is lost with an attempt
    sent: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        made = getattr(make_launch_clients("us-east-1", lambda: self.may_act), service)
        made.meta.events.register_last("before-send", self.answer)
        return made

    def answer(self, event_name: str, request: Any, **_: Any) -> AWSResponse:
        self.sent.append(event_name.rpartition(".")[2])
        self.may_act = self.may_act and not self.loses
        return AWSResponse(request.url, 503, {}, Body(b""))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)


def test_no_attempt_follows_one_after_which_the_lease_was_lost() -> None:
    wire = Wire(loses=True)
    with pytest.raises(HeldBackError):
        wire.client("ec2").terminate_instances(InstanceIds=["i-1"])
    with pytest.raises(HeldBackError):
        wire.client("iam").add_role_to_instance_profile(InstanceProfileName="a", RoleName="b")
    assert wire.sent == ["TerminateInstances"]


def test_what_only_reads_is_sent_by_anybody() -> None:
    wire = Wire(may_act=False)
    for ask in (
        lambda: wire.client("ec2").describe_instances(),
        lambda: wire.client("iam").get_instance_profile(InstanceProfileName="a"),
    ):
        with pytest.raises(Exception, match="503"):
            ask()
    assert list(dict.fromkeys(wire.sent)) == ["DescribeInstances", "GetInstanceProfile"]
