"""The subnets file: the free addresses of subnets, and the VPC endpoints.

A file has either kubestow's own format, whose wire types here are the source of
docs/schema/network.v1alpha1.json, or that of 'aws ec2 describe-subnets' and
'describe-vpc-endpoints'. Several files are merged.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from kubestow.adapters import kubestow_file
from kubestow.adapters.field_error import FieldError
from kubestow.model.input_error import InputError
from kubestow.model.setup import Network, Subnet

API_VERSION, KIND = "kubestow.dev/v1alpha1", "Network"
_HINT = (
    "docs/schema/network.v1alpha1.json and examples/check/subnets.yaml show the format; the JSON "
    "of 'aws ec2 describe-subnets' is accepted as well"
)
_PUBLIC_TAG, _PRIVATE_TAG = "kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"
_SHORT = "com.amazonaws."


class SubnetWire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A subnet of the VPC."""

    id: str
    zone: Annotated[str, Meta(description="The availability zone's name, such as ap-northeast-2a.")]
    available_addresses: Annotated[
        int, Meta(description="Free IPv4 addresses.", extra_json_schema={"minimum": 0})
    ]
    cidr: str = ""
    map_public_ip_on_launch: Annotated[
        bool, Meta(description="Whether instances launched here get a public address.")
    ] = False
    public: Annotated[
        bool | None,
        Meta(
            description="Whether its route table leads to an internet gateway; unknown if omitted."
        ),
    ] = None


class NetworkWire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What 'kubestow check --subnets' reads, in YAML or JSON.

    The JSON of 'aws ec2 describe-subnets' and 'aws ec2 describe-vpc-endpoints' is read as well.
    """

    api_version: Annotated[str, Meta(extra_json_schema={"const": API_VERSION})]
    kind: Annotated[str, Meta(extra_json_schema={"const": KIND})]
    subnets: Annotated[
        list[SubnetWire], Meta(description="The subnets that nodes and pods may use.")
    ] = msgspec.field(default_factory=list)
    endpoints: Annotated[
        list[str] | None,
        Meta(
            description="Services that have a VPC endpoint, such as ecr.api or "
            "com.amazonaws.REGION.ecr.api; unknown if omitted."
        ),
    ] = None


class _Tag(msgspec.Struct, rename="pascal"):
    key: str = ""
    value: str = ""


class _AwsSubnet(msgspec.Struct, rename="pascal"):
    subnet_id: str
    availability_zone: str
    available_ip_address_count: int
    cidr_block: str = ""
    map_public_ip_on_launch: bool = False
    tags: list[_Tag] | None = None


class _AwsEndpoint(msgspec.Struct, rename="pascal"):
    service_name: str
    state: str = "available"


class _Aws(msgspec.Struct, rename="pascal"):
    subnets: list[_AwsSubnet] = msgspec.field(default_factory=list)
    vpc_endpoints: list[_AwsEndpoint] | None = None


def read_network(arguments: Iterable[str]) -> Network:
    """Read the files of --subnets; raise InputError for the first error in them."""
    return together([_read(argument) for argument in arguments])


def together(networks: Sequence[Network]) -> Network:
    """Merge networks into one."""
    subnets = {subnet.id: subnet for network in networks for subnet in network.subnets}
    listed = [network.endpoints for network in networks if network.endpoints is not None]
    endpoints = tuple(sorted({name for names in listed for name in names})) if listed else None
    files = ", ".join(network.file for network in networks if network.file)
    return Network(files, tuple(subnets.values()), endpoints)


def _read(argument: str) -> Network:
    value = kubestow_file.read_mapping("--subnets", argument, _HINT)
    if "Subnets" in value or "VpcEndpoints" in value:
        return _of_aws(argument, kubestow_file.decoded(argument, "", value, _Aws, _HINT))
    if (value.get("apiVersion"), value.get("kind")) != (API_VERSION, KIND):
        raise InputError(
            f"{argument}: expected kind {KIND}, found {value.get('kind', 'no kind')}",
            hint=f"the file starts with apiVersion: {API_VERSION} and kind: {KIND}; {_HINT}",
        )
    wire: NetworkWire = kubestow_file.decoded(argument, KIND, value, NetworkWire, _HINT)
    subnets = tuple(
        Subnet(s.id, s.zone, s.cidr, s.available_addresses, s.map_public_ip_on_launch, s.public)
        for s in wire.subnets
    )
    endpoints = wire.endpoints
    _check(argument, subnets)
    return Network(argument, subnets, None if endpoints is None else services(endpoints))


def _check(argument: str, subnets: tuple[Subnet, ...]) -> None:
    for number, subnet in enumerate(subnets):
        if subnet.available_addresses < 0:
            field = f"subnets[{number}].availableAddresses"
            reason = f"{subnet.available_addresses} is negative"
            mistake = FieldError(field, reason, "use 0 or more")
            raise kubestow_file.refused(argument, KIND, mistake, _HINT)


def _of_aws(argument: str, wire: _Aws) -> Network:
    subnets = tuple(
        Subnet(
            item.subnet_id,
            item.availability_zone,
            item.cidr_block,
            item.available_ip_address_count,
            item.map_public_ip_on_launch,
            is_public({tag.key: tag.value for tag in item.tags or ()}),
        )
        for item in wire.subnets
    )
    if wire.vpc_endpoints is None:
        return Network(argument, subnets)
    available = [e.service_name for e in wire.vpc_endpoints if e.state.lower() == "available"]
    return Network(argument, subnets, services(available))


def is_public(tags: Mapping[str, str]) -> bool | None:
    """Tell by the load balancer tags whether a subnet is public; its routes are unknown."""
    if _PUBLIC_TAG in tags:
        return True
    return False if _PRIVATE_TAG in tags else None


def services(names: Iterable[str]) -> tuple[str, ...]:
    """Return services without the prefix: com.amazonaws.REGION.ecr.api -> ecr.api."""
    return tuple(n.split(".", 3)[3] if n.startswith(_SHORT) else n for n in names)
