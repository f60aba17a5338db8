"""A cloud on loopback: moto, behind a layer that knows what moto does not and fails when told to.

Law: what the layer does not know is moto's; nothing here leaves 127.0.0.1.
"""

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen
from xml.etree import ElementTree

import boto3
from botocore.config import Config
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from kubestow.model.instance_type import NANO_USD, ON_DEMAND, SPOT, Catalog

from .cloud_faults import CloudFaults
from .ec2_query import Application, AwsRequest, HttpAnswer, answer, element, error, filters, values
from .fleets import Pool, insufficient, launch, overrides
from .node_groups import ScalingFaults
from .status_faults import StatusFaults

_IMAGE_PARAMETER = re.compile(
    r"/aws/service/(eks/optimized-ami/[\d.]+/amazon-linux-2023|bottlerocket/aws-k8s-[\d.]+)"
    r"/(x86_64|arm64)/(?:[\w-]+/recommended|latest)/image_id"
)
_INSTANCE = re.compile(r"\bi-[0-9a-f]{17}\b")
_EC2_VERSION = "2016-11-15"
_PRICED_AT = "2025-11-01T00:00:00.000Z"
_BED = "kubestow-test-bed"
"""Names clients of the test bed itself, which no fault befalls."""
_SETTINGS = Config(
    retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60, user_agent_extra=_BED
)


@dataclass
class LiveCloud:
    """AWS as far as tests need it. ``prices`` are in nano-USD an hour; a test may change them."""

    region: str
    endpoint: str
    moto: Application
    prices: dict[Pool, int]
    exhausted: set[Pool] = field(default_factory=set)
    images: dict[tuple[str, str], str] = field(default_factory=dict)
    faults: CloudFaults = field(default_factory=CloudFaults)
    scaling: ScalingFaults = field(default_factory=ScalingFaults)
    statuses: StatusFaults = field(default_factory=StatusFaults)
    templates: dict[str, str] = field(default_factory=dict)
    """The launch template of each instance that a fleet launched."""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _launched: dict[str, tuple[bytes, HttpAnswer]] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return a boto3 client of this cloud, which tries once and needs no settings."""
        return boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=_SETTINGS,
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """HttpAnswer one request, as WSGI has it."""
        made = self._answer(AwsRequest.read(environ))
        headers = [item for item in made.headers if item[0].lower() != "content-length"]
        start_response(made.status, [*headers, ("Content-Length", str(len(made.body)))])
        return [made.body]

    def _answer(self, request: AwsRequest) -> HttpAnswer:
        if _BED in str(request.environ.get("HTTP_USER_AGENT", "")):
            made = self._truth(request)
            self.faults.launched(request.parameters.get("Action", ""), made)
            return made
        action = request.parameters.get("Action", "")
        fault = self.faults.before(action)
        if fault is not None:
            return fault
        made = self._truth(request)
        self.faults.launched(action, made)
        return self.faults.after(action, made)

    def _truth(self, request: AwsRequest) -> HttpAnswer:
        if request.target.startswith("AmazonSSM.GetParameter"):
            return self._parameters(request) or request.send(self.moto)
        action = request.parameters.get("Action")
        if action == "DescribeSpotPriceHistory":
            return self._spot_prices(request.parameters)
        if action == "CreateFleet":
            return self._once(request, self._create_fleet)
        if action == "RunInstances":
            return self._once(request, self._run_instances)

        def send(parameters: dict[str, str] | None) -> HttpAnswer:
            return request.send(self.moto, parameters)

        made = self.scaling.answered(request, send) or self.statuses.answered(request, send)
        if made is not None:
            return made
        if action == "DescribeImages":
            return self._with_architectures(request.send(self.moto))
        return request.send(self.moto)

    def _once(self, request: AwsRequest, work: Callable[[AwsRequest], HttpAnswer]) -> HttpAnswer:
        """Do what a ClientToken names once; answer the same the next time.

        What launched nothing is not remembered, as with EC2.
        """
        token = request.parameters.get("ClientToken", "")
        with self._lock:
            if token in self._launched:
                body, made = self._launched[token]
                if body != request.body:
                    return error(
                        "400 Bad Request",
                        "IdempotentParameterMismatch",
                        "The client token is in use with other parameters.",
                    )
                return made
            made = work(request)
            if token and b"<instanceId" in made.body:
                self._launched[token] = request.body, made
            return made

    def _create_fleet(self, request: AwsRequest) -> HttpAnswer:
        choices = overrides(request.parameters, self._subnets(request))
        if not choices:
            return request.send(self.moto)

        def send(parameters: dict[str, str]) -> HttpAnswer:
            return request.send(self.moto, parameters)

        made = launch(request.parameters, choices, self.prices, self.exhausted, send)
        template = next(
            (v for k, v in request.parameters.items() if k.endswith(".LaunchTemplateName")), ""
        )
        launched = dict.fromkeys(_INSTANCE.findall(made.body.decode()))
        for instance in launched:
            self.templates[instance] = template
        if launched:
            self._put_in_groups(request, launched, template)
        return made

    def _put_in_groups(self, request: AwsRequest, instances: Iterable[str], template: str) -> None:
        """Give instances the security groups of their template, which moto's fleets do not heed."""
        asked = {"LaunchTemplateName": template, "LaunchTemplateVersion.1": "$Latest"}
        told = request.send(
            self.moto,
            {"Action": "DescribeLaunchTemplateVersions", "Version": _EC2_VERSION, **asked},
        )
        root = ElementTree.fromstring(told.body)
        ids = [item.text or "" for item in root.iterfind(".//{*}securityGroupIdSet/{*}item")]
        ids += [item.text or "" for item in root.iterfind(".//{*}groupSet/{*}groupId")]
        groups = {f"GroupId.{number}": name for number, name in enumerate(ids, start=1)}
        for instance in instances if groups else ():
            action = {"Action": "ModifyInstanceAttribute", "Version": _EC2_VERSION}
            request.send(self.moto, {**action, "InstanceId": instance, **groups})

    def _run_instances(self, request: AwsRequest) -> HttpAnswer:
        parameters = request.parameters
        subnet = next((v for k, v in parameters.items() if k.endswith("SubnetId")), "")
        zone = parameters.get("Placement.AvailabilityZone")
        zone = zone or self._subnets(request).get(subnet, "")
        market = parameters.get("InstanceMarketOptions.MarketType", ON_DEMAND)
        pool = (parameters.get("InstanceType", ""), zone, market)
        if pool in self.exhausted:
            return error("500 Internal Server Error", *insufficient(pool))
        return request.send(self.moto)

    def _with_architectures(self, made: HttpAnswer) -> HttpAnswer:
        """Say for which architecture an image is, which moto forgets of those registered."""
        body = made.body.decode()
        for (_, architecture), image in self.images.items():
            named = element("imageId", image)
            body = body.replace(named, named + element("architecture", architecture))
        return HttpAnswer(made.status, made.headers, body.encode())

    def _subnets(self, request: AwsRequest) -> dict[str, str]:
        """Return the zone of every subnet."""
        listed = request.send(self.moto, {"Action": "DescribeSubnets", "Version": _EC2_VERSION})
        root = ElementTree.fromstring(listed.body)
        return {
            item.findtext("{*}subnetId", ""): item.findtext("{*}availabilityZone", "")
            for item in root.iterfind("{*}subnetSet/{*}item")
        }

    def _spot_prices(self, parameters: dict[str, str]) -> HttpAnswer:
        allowed = filters(parameters)
        types = values(parameters, "InstanceType") or allowed.get("instance-type")
        zones = values(parameters, "AvailabilityZone") or allowed.get("availability-zone")
        if "AvailabilityZone" in parameters:
            zones = [parameters["AvailabilityZone"]]
        items = "".join(
            f"<item>{element('instanceType', kind)}{element('productDescription', 'Linux/UNIX')}"
            f"{element('spotPrice', f'{nano / NANO_USD:.6f}')}{element('timestamp', _PRICED_AT)}"
            f"{element('availabilityZone', zone)}</item>"
            for (kind, zone, capacity_type), nano in sorted(self.prices.items())
            if capacity_type == SPOT and _among(kind, types) and _among(zone, zones)
        )
        return answer(
            "DescribeSpotPriceHistory",
            f"<spotPriceHistorySet>{items}</spotPriceHistorySet><nextToken></nextToken>",
        )

    def _parameters(self, request: AwsRequest) -> HttpAnswer | None:
        """Return the AMI that SSM names, or None where something else is asked for."""
        asked = json.loads(request.body)
        names = asked.get("Names") or [asked.get("Name", "")]
        found = {name: self._image(name) for name in names}
        if not any(found.values()):
            return None
        items = [
            {"Name": name, "Type": "String", "Value": image, "Version": 1, "DataType": "text"}
            for name, image in found.items()
            if image
        ]
        if "Names" in asked:
            missing = [name for name, image in found.items() if not image]
            content: Any = {"Parameters": items, "InvalidParameters": missing}
        else:
            content = {"Parameter": items[0]}
        headers = [("Content-Type", "application/x-amz-json-1.1")]
        return HttpAnswer("200 OK", headers, json.dumps(content).encode())

    def _image(self, name: str) -> str:
        match = _IMAGE_PARAMETER.fullmatch(name)
        return self.images.get((match[1].partition("/")[0], match[2]), "") if match else ""


def _among(value: str, allowed: list[str] | None) -> bool:
    return allowed is None or value in allowed


@contextlib.contextmanager
def cloud(catalog: Catalog) -> Iterator[LiveCloud]:
    """Serve a region as its catalog describes it for the length of a block, empty at first."""
    served = LiveCloud(catalog.region, "", _moto(), dict(catalog.prices()))
    server = make_server("127.0.0.1", 0, served, threaded=True, request_handler=_Handler)
    thread = threading.Thread(target=server.serve_forever, name="cloud", daemon=True)
    thread.start()
    served.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        _reset(served.endpoint)
        served.images = _images(served.client("ec2"))
        yield served
        _reset(served.endpoint)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(MotoRequestHandler):
    """Serves without a line of log for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Keep silent."""


def _moto() -> Application:
    return DomainDispatcherApplication(create_backend_app)


def _reset(endpoint: str) -> None:
    """Forget whatever moto has in this process."""
    with urlopen(Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=60) as done:
        done.read()


def _images(ec2: Any) -> dict[tuple[str, str], str]:
    """Register the machine images that SSM will name; return their identifiers."""
    names = {"eks": "amazon-eks-node-al2023", "bottlerocket": "bottlerocket-aws-k8s-1.34"}
    return {
        (family, architecture): ec2.register_image(
            Name=f"{name}-{architecture}-v20251120",
            Architecture=architecture,
            RootDeviceName="/dev/xvda",
            VirtualizationType="hvm",
        )["ImageId"]
        for family, name in names.items()
        for architecture in ("x86_64", "arm64")
    }
