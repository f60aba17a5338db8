"""Errors of AWS requests: each becomes an InputError that names the errand and the way out."""

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, DataNotFoundError
from botocore.parsers import ResponseParserError

from kubestow.adapters.aws.failures import Errand, aws_failures, known_shape
from kubestow.model.input_error import InputError

ERRAND = Errand(
    "the census",
    ("ec2:DescribeSubnets", "eks:DescribeCluster"),
    again="count again",
    meanwhile="the old count stands",
    credentials="or ask a friend",
)


def rejected(code: str, operation: str = "DescribeSubnets", message: str = "no") -> InputError:
    answer: dict[str, dict[str, str]] = {"Error": {"Code": code, "Message": message}}
    error: Exception = ClientError(answer, operation)
    with pytest.raises(InputError) as raised, aws_failures("eu-west-1", ERRAND):
        raise error
    return raised.value


def test_a_denied_call_names_the_action_and_all_that_the_errand_needs() -> None:
    error = rejected("AccessDeniedException", "DescribeCluster")
    assert "not allowed to call eks:DescribeCluster" in error.message
    assert error.hint == (
        "the census needs the IAM actions ec2:DescribeSubnets, eks:DescribeCluster"
    )


@pytest.mark.parametrize(
    ("operation", "service"),
    [("GetParameters", "ssm"), ("CreateInstanceProfile", "iam"), ("CreateLaunchTemplate", "ec2")],
)
def test_an_operation_is_named_with_its_service(operation: str, service: str) -> None:
    assert f"{service}:{operation}" in rejected("AccessDenied", operation).message


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        ("ExpiredToken", "credentials have expired", "and count again"),
        ("AuthFailure", "rejected the credentials in eu-west-1", "the region is enabled"),
        ("SlowDown", "throttled ec2:DescribeSubnets, even after several retries",
         "wait a minute and count again; the old count stands"),
        ("InternalError", "rejected ec2:DescribeSubnets with InternalError: no",
         "the old count stands; count again later"),
    ],
)  # fmt: skip
def test_an_error_code_decides_the_hint(code: str, message: str, hint: str) -> None:
    error = rejected(code)
    assert message in error.message
    assert hint in error.hint


def test_a_long_message_of_aws_is_one_short_line() -> None:
    error = rejected("InternalError", message="no\n  never " + "x" * 999)
    assert "no never xxx" in error.message
    assert len(error.message) < 300


@pytest.mark.parametrize(
    ("problem", "message", "hint"),
    [
        (ConnectTimeoutError(endpoint_url="https://a"), "the connection to AWS failed",
         "check the network or proxy and count again; the old count stands"),
        (DataNotFoundError(data_path="ec2"), "the AWS request failed",
         "check the AWS configuration and count again"),
        (ResponseParserError("no XML:\n<html>" + "x" * 999), "answer of AWS: no XML: <html>x+$",
         "check the network or proxy and count again; the old count stands"),
    ],
)  # fmt: skip
def test_an_error_before_a_response_says_how_to_retry(
    problem: Exception, message: str, hint: str
) -> None:
    with pytest.raises(InputError, match=message) as raised, aws_failures("eu-west-1", ERRAND):
        raise problem
    assert raised.value.hint == hint


@pytest.mark.parametrize("problem", [KeyError("Zones"), ValueError("x"), TypeError(), IndexError()])
def test_a_response_in_an_unexpected_shape_names_the_operation(problem: Exception) -> None:
    with (
        pytest.raises(InputError, match="unexpected response to DescribeZones") as raised,
        known_shape("DescribeZones", ERRAND),
    ):
        raise problem
    assert raised.value.hint == "count again; if the error persists, upgrade kubestow"


def test_an_error_of_our_own_is_passed_on() -> None:
    with pytest.raises(ZeroDivisionError), aws_failures("eu-west-1", ERRAND):
        raise ZeroDivisionError
