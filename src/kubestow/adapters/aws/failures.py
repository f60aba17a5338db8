"""What goes wrong when AWS is asked, and what to do about it.

Law: every failure of botocore's becomes an InputError in the words of the errand that met it.
botocore is imported inside functions: whoever asks AWS nothing does not pay for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kubestow.adapters.catalog_files import embedded_regions
from kubestow.model.input_error import InputError
from kubestow.model.suggestion import did_you_mean

_MESSAGE_CHARACTERS_MAX = 200
_DENIED = {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_REJECTED = {
    "AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "OptInRequired",
    "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature",
}  # fmt: skip
_THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests",
              "TooManyRequestsException", "SlowDown"}  # fmt: skip
_SERVICES = {"GetProducts": "pricing", "DescribeCluster": "eks"}


@dataclass(frozen=True, slots=True)
class Errand:
    """What AWS is asked for: what it needs, how to do it again, what holds where it fails."""

    name: str
    actions: tuple[str, ...]
    again: str
    meanwhile: str
    credentials: str


@contextmanager
def known_shape(operation: str, errand: Errand) -> Iterator[None]:
    """Raise InputError for an answer that cannot be read."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        raise InputError(
            f"AWS answered {operation} in a shape this version does not know "
            f"({type(problem).__name__}: {problem})",
            hint=f"{errand.again}; if it stays so, a newer kubestow is needed",
        ) from problem


@contextmanager
def aws_failures(region: str, errand: Errand) -> Iterator[None]:
    """Raise InputError for whatever keeps AWS from answering."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as problem:
        raise _refused(problem, region, errand) from problem
    except BotoCoreError as problem:
        raise _unreached(problem, region, errand) from problem


def _refused(problem: Any, region: str, errand: Errand) -> InputError:
    """Say why AWS refused a call, by the error code of its answer."""
    error = problem.response.get("Error", {})
    code, operation = error.get("Code", "Unknown"), problem.operation_name
    service = _SERVICES.get(operation, "ec2")
    if code in _DENIED:
        return InputError(
            f"AWS denied {service}:{operation} to these credentials",
            hint=f"{errand.name} needs the IAM actions {', '.join(errand.actions)}",
        )
    if code in _EXPIRED:
        return InputError(
            f"the AWS credentials have expired ({operation}: {code})",
            hint=f"sign in again, for example with 'aws sso login', and {errand.again}",
        )
    if code in _REJECTED:
        return InputError(
            f"AWS did not accept the credentials in {region} ({operation}: {code})",
            hint="check the profile (AWS_PROFILE), that the clock is right, and that the account "
            "has the region enabled",
        )
    if code in _THROTTLED:
        return InputError(
            f"AWS throttled {service}:{operation}, and went on doing so after several retries",
            hint=f"wait a minute and {errand.again}; {errand.meanwhile}",
        )
    said = " ".join(str(error.get("Message", "")).split())[:_MESSAGE_CHARACTERS_MAX]
    return InputError(
        f"AWS answered {service}:{operation} with {code}: {said}",
        hint=f"{errand.meanwhile}; {errand.again} later",
    )


def _unreached(problem: Any, region: str, errand: Errand) -> InputError:
    """Say why a call did not get as far as an answer, by the kind of failure."""
    from botocore import exceptions as aws

    sign_in = (aws.SSOError, aws.TokenRetrievalError, getattr(aws, "LoginError", aws.SSOError))
    if isinstance(problem, aws.NoCredentialsError | aws.PartialCredentialsError):
        return InputError(
            f"no usable AWS credentials: {problem}",
            hint=f"sign in (aws sso login), {errand.credentials}",
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
            f"no AWS endpoint answers for region {region}: {problem}",
            hint=_other_region(region) or "check the region's name and the network or proxy",
        )
    if isinstance(problem, aws.ConnectionError | aws.HTTPClientError):
        return InputError(
            f"the connection to AWS failed: {problem}",
            hint=f"check the network or proxy and {errand.again}; {errand.meanwhile}",
        )
    return InputError(
        f"AWS could not be asked: {problem}",
        hint=f"check the AWS configuration and {errand.again}",
    )


def _other_region(region: str) -> str:
    known = embedded_regions()
    return "" if region in known else did_you_mean(region, known)
