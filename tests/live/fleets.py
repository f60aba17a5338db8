"""CreateFleet as EC2 answers it: the cheapest pool that has capacity, and errors of those tried.

Law: one pool fulfils a fleet; what is launched there is moto's to say.
"""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

from kubestow.model.instance_type import ON_DEMAND, SPOT

from .ec2_query import HttpAnswer, answer, element, error

Pool = tuple[str, str, str]
"""An instance type, a zone and a capacity type."""
_OVERRIDE = re.compile(r"(LaunchTemplateConfigs\.\d+)\.Overrides\.(\d+)\.(\w+)")
_CONFIGURATION = re.compile(r"(LaunchTemplateConfigs\.\d+)\.")


@dataclass(frozen=True)
class LaunchChoice:
    """One choice that a fleet offers: a pool, and what the request says of it."""

    configuration: str
    pool: Pool
    subnet: str
    fields: dict[str, str]

    def failure(self, parameters: dict[str, str], code: str, message: str) -> str:
        """Return the item of a fleet's errors that says why nothing was launched here."""
        kind, zone, capacity_type = self.pool
        prefix = f"{self.configuration}.LaunchTemplateSpecification."
        template = "".join(
            element(key[0].lower() + key[1:], parameters.get(prefix + key, ""))
            for key in ("LaunchTemplateId", "LaunchTemplateName", "Version")
        )
        where = (
            element("instanceType", kind)
            + element("subnetId", self.subnet)
            + element("availabilityZone", zone)
        )
        return (
            "<item><launchTemplateAndOverrides>"
            f"<launchTemplateSpecification>{template}</launchTemplateSpecification>"
            f"<overrides>{where}</overrides></launchTemplateAndOverrides>"
            f"{element('lifecycle', capacity_type)}{element('errorCode', code)}"
            f"{element('errorMessage', message)}</item>"
        )


def overrides(parameters: dict[str, str], subnets: Mapping[str, str]) -> list[LaunchChoice]:
    """Return the choices of a fleet, given the zone of each subnet."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for key, value in parameters.items():
        match = _OVERRIDE.fullmatch(key)
        if match:
            found.setdefault((match[1], match[2]), {})[match[3]] = value
    default = parameters.get("TargetCapacitySpecification.DefaultTargetCapacityType", ON_DEMAND)
    of_zones = {zone: subnet for subnet, zone in reversed(subnets.items())}
    choices = []
    for (configuration, _), fields in found.items():
        zone = fields.get("AvailabilityZone") or subnets.get(fields.get("SubnetId", ""), "")
        subnet = fields.get("SubnetId") or of_zones.get(zone, "")
        pool = (fields.get("InstanceType", ""), zone, default)
        choices.append(LaunchChoice(configuration, pool, subnet, fields))
    return choices


def launch(
    parameters: dict[str, str],
    choices: list[LaunchChoice],
    prices: Mapping[Pool, int],
    exhausted: Container[Pool],
    send: Callable[[dict[str, str]], HttpAnswer],
) -> HttpAnswer:
    """Launch a fleet in its cheapest pool that is not exhausted."""
    for choice in choices:
        if choice.pool not in prices:
            kind, zone, _ = choice.pool
            return error(
                "400 Bad Request",
                "InvalidFleetConfiguration",
                f"Your requested instance type ({kind}) is not supported in your requested "
                f"Availability Zone ({zone or 'none'}).",
            )
    failures = []
    for choice in sorted(choices, key=lambda item: prices[item.pool]):
        if choice.pool not in exhausted:
            return _with_errors(send(_only(parameters, choice)), failures)
        failures.append(choice.failure(parameters, *insufficient(choice.pool)))
    fleet = element("fleetId", "fleet-00000000-0000-0000-0000-000000000000")
    errors = f"<errorSet>{''.join(failures)}</errorSet><fleetInstanceSet/>"
    return answer("CreateFleet", fleet + errors)


def insufficient(pool: Pool) -> tuple[str, str]:
    """Return the code and the message with which EC2 says that a pool is exhausted."""
    kind, zone, capacity_type = pool
    if capacity_type == SPOT:
        message = "There is no Spot capacity available that matches your request."
    else:
        message = (
            f"We currently do not have sufficient {kind} capacity in the Availability Zone you "
            f"requested ({zone}). Our system will be working on provisioning additional capacity."
        )
    return "InsufficientInstanceCapacity", message


def _only(parameters: dict[str, str], choice: LaunchChoice) -> dict[str, str]:
    """Return the parameters with one choice: moto takes the first, and heeds only subnets."""
    kept = {}
    for key, value in parameters.items():
        match = _CONFIGURATION.match(key)
        if match is None:
            kept[key] = value
        elif match[1] == choice.configuration and not _OVERRIDE.fullmatch(key):
            kept[key.replace(match[1], "LaunchTemplateConfigs.1", 1)] = value
    fields = choice.fields | {"SubnetId": choice.subnet}
    return kept | {f"LaunchTemplateConfigs.1.Overrides.1.{k}": v for k, v in fields.items()}


def _with_errors(made: HttpAnswer, failures: list[str]) -> HttpAnswer:
    if not failures:
        return made
    end = b"</CreateFleetResponse>"
    errors = f"<errorSet>{''.join(failures)}</errorSet>".encode()
    headers = [item for item in made.headers if item[0].lower() != "content-length"]
    return HttpAnswer(made.status, headers, made.body.replace(end, errors + end))
