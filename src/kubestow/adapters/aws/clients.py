"""Clients of AWS: how long they wait, how often they try, and whether they may change anything.

boto3 is imported inside functions, so that commands without AWS requests do not pay for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubestow.adapters.aws.failures import Errand, aws_failures
from kubestow.adapters.aws.fence import fence

_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS, _PATIENT = 10, 30, 5, 9
_CONNECTIONS = 16  # kubestow.live.launching asks for so many fleets at once


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """The credentials of a user in a region; ``errand`` is what they are for."""

    region: str
    errand: Errand
    session: Any

    def client(
        self,
        service: str,
        *,
        region: str | None = None,
        read_seconds: int = _READ_SECONDS,
        attempts: int = _ATTEMPTS,
        patient: bool = False,
        may_act: Callable[[], bool] | None = None,
    ) -> Any:
        """Return a client of a service, which tries five times or as often as is said.

        One that is ``patient`` tries nine times and slows down as AWS asks. With ``may_act`` each
        attempt to change something asks first (kubestow.adapters.aws.fence).
        """
        from botocore.config import Config

        retries = {"mode": "adaptive", "total_max_attempts": _PATIENT}
        if not patient:
            retries = {"mode": "standard", "total_max_attempts": attempts}
        settings = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=read_seconds,
            retries=retries,
            max_pool_connections=_CONNECTIONS,
        )
        with aws_failures(self.region, self.errand):
            made = self.session.client(service, region_name=region or self.region, config=settings)
        return made if may_act is None else fence(made, may_act)


def access(region: str, errand: Errand, profile: str | None = None) -> AwsAccess:
    """Return the access of the environment's user; raise InputError for an invalid profile."""
    with aws_failures(region, errand):
        import boto3

        return AwsAccess(region, errand, boto3.Session(profile_name=profile, region_name=region))
