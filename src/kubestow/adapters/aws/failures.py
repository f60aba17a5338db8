"""Errors of AWS requests, and what to do about them.

Every botocore error becomes an InputError that names the errand it interrupted. botocore is
imported inside functions, so that commands without AWS requests do not pay for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kubestow.adapters.catalog_files import embedded_regions
from kubestow.model.input_error import InputError
from kubestow.model.suggestion import did_you_mean

_MESSAGE_CHARACTERS_MAX, _SERVER_FAULT = 200, 500
_DENIED = {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_REJECTED = {
    "AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "OptInRequired",
    "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature",
}  # fmt: skip
THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests",
              "TooManyRequestsException", "SlowDown"}  # fmt: skip
_SERVICES = {
    "GetProducts": "pricing", "DescribeCluster": "eks", "GetParameter": "ssm",
    "GetParameters": "ssm", "GetInstanceProfile": "iam", "CreateInstanceProfile": "iam",
    "AddRoleToInstanceProfile": "iam", "DescribeNodegroup": "eks",
    "DescribeAutoScalingGroups": "autoscaling", "DescribeScalingActivities": "autoscaling",
    "SetDesiredCapacity": "autoscaling", "TerminateInstanceInAutoScalingGroup": "autoscaling",
}  # fmt: skip
"""Operations of other services than EC2."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A task that sends AWS requests: its permissions, how to retry it, and the fallback."""

    name: str
    actions: tuple[str, ...]
    again: str
    meanwhile: str
    credentials: str


@contextmanager
def known_shape(operation: str, errand: Errand) -> Iterator[None]:
    """Raise InputError for a response that cannot be read."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        raise InputError(
            f"AWS sent an unexpected response to {operation} ({type(problem).__name__}: {problem})",
            hint=f"{errand.again}; if the error persists, upgrade kubestow",
        ) from problem


@contextmanager
def aws_failures(region: str, errand: Errand) -> Iterator[None]:
    """Raise InputError for a request that AWS rejects, or whose answer does not come or is none."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as problem:
        raise _rejected(problem, region, errand) from problem
    except BotoCoreError as problem:
        raise _unsent(problem, region, errand) from problem
    except ResponseParserError as problem:  # a page of a proxy, perhaps
        text = " ".join(str(problem).split())[:_MESSAGE_CHARACTERS_MAX]
        raise InputError(
            f"what answered for AWS in {region} is not an answer of AWS: {text}",
            hint=f"check the network or proxy and {errand.again}; {errand.meanwhile}",
        ) from problem


def code_of(problem: InputError) -> str:
    """Return the code with which AWS rejected what an error is about; empty where it did not."""
    response = getattr(problem.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def is_refused(problem: InputError) -> bool:
    """Return whether AWS refused a request; without an answer, or after a fault, it may be done."""
    response = getattr(problem.__cause__, "response", None) or {}
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = code_of(problem)
    return bool(code) and (status < _SERVER_FAULT or code in THROTTLED)


def _rejected(problem: Any, region: str, errand: Errand) -> InputError:
    """Return why AWS rejected a request, by the error code of its response."""
    error = problem.response.get("Error", {})
    code, operation = error.get("Code", "Unknown"), problem.operation_name
    service = _SERVICES.get(operation, "ec2")
    if code in _DENIED:
        return InputError(
            f"these AWS credentials are not allowed to call {service}:{operation}",
            hint=f"{errand.name} needs the IAM actions {', '.join(errand.actions)}",
        )
    if code in _EXPIRED:
        return InputError(
            f"the AWS credentials have expired ({operation}: {code})",
            hint=f"sign in again, for example with 'aws sso login', and {errand.again}",
        )
    if code in _REJECTED:
        return InputError(
            f"AWS rejected the credentials in {region} ({operation}: {code})",
            hint="check the profile (AWS_PROFILE) and the system clock, and that the region is "
            "enabled for the account",
        )
    if code in THROTTLED:
        return InputError(
            f"AWS throttled {service}:{operation}, even after several retries",
            hint=f"wait a minute and {errand.again}; {errand.meanwhile}",
        )
    message = " ".join(str(error.get("Message", "")).split())[:_MESSAGE_CHARACTERS_MAX]
    return InputError(
        f"AWS rejected {service}:{operation} with {code}: {message}",
        hint=f"{errand.meanwhile}; {errand.again} later",
    )


def _unsent(problem: Any, region: str, errand: Errand) -> InputError:
    """Return why a request got no response, by the type of the error."""
    from botocore import exceptions as aws

    sign_in = (aws.SSOError, aws.TokenRetrievalError, getattr(aws, "LoginError", aws.SSOError))
    if isinstance(problem, aws.NoCredentialsError | aws.PartialCredentialsError):
        return InputError(
            f"no usable AWS credentials: {problem}",
            hint=f"sign in with 'aws sso login', {errand.credentials}",
        )
    if isinstance(problem, sign_in):
        return InputError(
            f"the AWS sign-in is missing or has expired: {problem}",
            hint=f"run 'aws sso login' or 'aws login' for the profile, and {errand.again}",
        )
    if isinstance(
        problem, aws.ProfileNotFound | aws.ConfigParseError | aws.CredentialRetrievalError
    ):
        return InputError(
            f"the AWS configuration cannot be used: {problem}",
            hint="see 'aws configure list-profiles' and ~/.aws/config",
        )
    if isinstance(problem, aws.EndpointConnectionError | aws.BaseEndpointResolverError):
        return InputError(
            f"no AWS endpoint responds for region {region}: {problem}",
            hint=_other_region(region) or "check the region's name and the network or proxy",
        )
    if isinstance(problem, aws.ConnectionError | aws.HTTPClientError):
        return InputError(
            f"the connection to AWS failed: {problem}",
            hint=f"check the network or proxy and {errand.again}; {errand.meanwhile}",
        )
    return InputError(
        f"the AWS request failed: {problem}",
        hint=f"check the AWS configuration and {errand.again}",
    )


def _other_region(region: str) -> str:
    regions = embedded_regions()
    return "" if region in regions else did_you_mean(region, regions)
