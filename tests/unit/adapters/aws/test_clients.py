"""Clients of AWS: their patience, and who may change something."""

import pytest

from kubestow.adapters.aws.clients import access
from kubestow.adapters.aws.failures import Errand
from kubestow.model.input_error import InputError

REGION = "ap-northeast-2"
ERRAND = Errand("a test", ("ec2:DescribeSubnets",), "try again", "nothing", "set AWS_PROFILE")


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "testing")


def test_a_client_is_of_its_region_and_tries_five_times() -> None:
    config = access(REGION, ERRAND).client("ec2").meta.config
    assert (config.region_name, config.read_timeout, config.connect_timeout) == (REGION, 30, 10)
    assert config.retries == {"mode": "standard", "total_max_attempts": 5}


def test_one_that_is_patient_tries_nine_times() -> None:
    client = access(REGION, ERRAND).client(
        "pricing", region="us-east-1", read_seconds=60, patient=True
    )
    assert (client.meta.region_name, client.meta.config.read_timeout) == ("us-east-1", 60)
    assert client.meta.config.retries == {"mode": "adaptive", "total_max_attempts": 9}


def test_one_that_may_not_act_sends_nothing_that_changes_something() -> None:
    client = access(REGION, ERRAND).client("ec2", may_act=lambda: False)
    with pytest.raises(InputError, match="actions are held back"):
        client.terminate_instances(InstanceIds=["i-1"])


def test_a_profile_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="nobodys"):
        access(REGION, ERRAND, "nobodys")
