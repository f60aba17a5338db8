"""The machine images that AMI selector terms select, the newest first.

An alias is resolved by the public SSM parameters of EKS and Bottlerocket, for every architecture
and kind of accelerator that the family has images for; the other terms by EC2. Sources: EKS user
guide, "Retrieve recommended Amazon Linux AMI IDs" and "Retrieve recommended Bottlerocket AMI IDs";
karpenter-provider-aws v1.15 pkg/providers/amifamily/al2.go, al2023.go, bottlerocket.go (parameters
and which types an image is for), ami.go and types.go (owners, order).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kubestow.adapters.aws.failures import Errand, aws_failures, known_shape
from kubestow.adapters.aws.selector_filters import tag_filters
from kubestow.model.input_error import InputError
from kubestow.model.launch_class import AL2, AL2023, BOTTLEROCKET, LATEST, ImageTerm, LaunchClass

ACTING_IAM_ACTIONS = ("ec2:DescribeImages", "ssm:GetParameter", "ssm:GetParameters")
_ERRAND = Errand(
    "launching nodes",
    ACTING_IAM_ACTIONS,
    again="the controller tries again",
    meanwhile="no node of the class is launched",
    credentials="set AWS_PROFILE, or give the pod a role",
)
NVIDIA, NEURON = "nvidia", "neuron"
_PLAIN = ""
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
_OWNERS = ("self", "amazon")
"""Who a name is looked for at, so that nobody else's public image is taken for it."""
_PARAMETERS_MOST = 10
"""What GetParameters takes at once."""


@dataclass(frozen=True, slots=True)
class LaunchImage:
    """An image; ``architecture`` is amd64 or arm64.

    ``accelerators`` are those it is for, "" among them for none; None if that is not known.
    """

    id: str
    name: str
    architecture: str
    created: str
    accelerators: tuple[str, ...] | None = None
    is_deprecated: bool = False

    def fits(self, architecture: str, accelerator: str) -> bool:
        """Return whether an instance of an architecture and accelerator can run the image."""
        known = self.accelerators
        return self.architecture == architecture and (known is None or accelerator in known)


def images_of(
    launch_class: LaunchClass, version: str, ec2: Any, ssm: Any, region: str, *, now: int
) -> tuple[LaunchImage, ...]:
    """Return the images of a class for a Kubernetes version such as 1.34, at an instant.

    Those that are not deprecated come first, then the newest. Raises InputError where terms select
    none, or where AWS cannot be asked.
    """
    with aws_failures(region, _ERRAND):
        kinds = _by_alias(launch_class, version, ssm)
        ids = sorted(kinds) + sorted(_named(launch_class, ssm))
        found: dict[str, LaunchImage] = {}
        for question in _questions(launch_class.ami_terms, ids):
            for item in _described(ec2, question):
                with known_shape("DescribeImages", _ERRAND):
                    image = _image(item, kinds, now)
                if image is not None:
                    found[image.id] = image
    if not found:
        raise InputError(
            f"EC2NodeClass {launch_class.name}: spec.amiSelectorTerms selects no image in {region}",
            hint="check ids, names, owners and tags of its terms, and the region of the controller",
        )
    by_id = sorted(found.values(), key=lambda image: image.id)
    newest = sorted(by_id, key=lambda image: image.created, reverse=True)
    return tuple(sorted(newest, key=lambda image: image.is_deprecated))


def parameters_of(family: str, version: str, kubernetes: str) -> dict[str, tuple[str, ...]]:
    """Return the SSM parameters of an alias, each with the accelerators its image is for.

    ``version`` is latest or a release such as v20251120; ``kubernetes`` is such as 1.34.
    """
    if family == BOTTLEROCKET:
        release = version if version == LATEST else version.removeprefix("v")
        base = f"/aws/service/bottlerocket/aws-k8s-{kubernetes}"
        return {
            f"{base}/x86_64/{release}/image_id": (_PLAIN, NEURON),
            f"{base}/arm64/{release}/image_id": (_PLAIN,),
            f"{base}-nvidia/x86_64/{release}/image_id": (NVIDIA,),
            f"{base}-nvidia/arm64/{release}/image_id": (NVIDIA,),
        }
    base = f"/aws/service/eks/optimized-ami/{kubernetes}"
    found: dict[str, tuple[str, ...]] = {}
    if family == AL2:
        variants = {"": (_PLAIN,), "-arm64": (_PLAIN,), "-gpu": (NVIDIA, NEURON)}
        for suffix, kinds in variants.items():
            release = _release(version, f"amazon-eks{suffix}-node-{kubernetes}-{version}")
            found[f"{base}/amazon-linux-2{suffix}/{release}/image_id"] = kinds
        return found
    assert family == AL2023, family
    for architecture, variants_2023 in (
        ("x86_64", ("standard", NVIDIA, NEURON)), ("arm64", ("standard", NVIDIA)),
    ):  # fmt: skip
        for variant in variants_2023:
            name = f"amazon-eks-node-al2023-{architecture}-{variant}-{kubernetes}-{version}"
            path = f"{base}/amazon-linux-2023/{architecture}/{variant}/{_release(version, name)}"
            found[f"{path}/image_id"] = (_PLAIN if variant == "standard" else variant,)
    return found


def _release(version: str, name: str) -> str:
    return "recommended" if version == LATEST else name


def _by_alias(launch_class: LaunchClass, version: str, ssm: Any) -> dict[str, tuple[str, ...]]:
    """Return the images of the class's alias and the accelerators that each is for."""
    found: dict[str, tuple[str, ...]] = {}
    for term in launch_class.ami_terms:
        if not term.alias:
            continue
        family = _family(term.alias, launch_class)
        parameters = parameters_of(family, term.alias.partition("@")[2], version)
        images = _parameter_values(ssm, parameters)
        if not images:
            raise InputError(
                f"EC2NodeClass {launch_class.name}: AWS has no image {term.alias} for Kubernetes "
                f"{version}",
                hint="check the version in the alias; AL2 has images up to Kubernetes 1.32",
            )
        for name, image in sorted(images.items()):
            kinds = (*found.get(image, ()), *parameters[name])
            found[image] = tuple(sorted(set(kinds)))
    return found


def _family(alias: str, launch_class: LaunchClass) -> str:
    """Return the family of an alias, which may differ from the class's where that is Custom."""
    families = {family.lower(): family for family in (AL2, AL2023, BOTTLEROCKET)}
    name = alias.partition("@")[0].lower()
    if name not in families:
        raise InputError(
            f"EC2NodeClass {launch_class.name}: unknown alias {alias!r}",
            hint=f"write family@version with one of {', '.join(families)}",
        )
    return families[name]


def _parameter_values(ssm: Any, names: Iterable[str]) -> dict[str, str]:
    """Return the values of those parameters that exist."""
    ordered = sorted(names)
    found: dict[str, str] = {}
    for start in range(0, len(ordered), _PARAMETERS_MOST):
        answer = ssm.get_parameters(Names=ordered[start : start + _PARAMETERS_MOST])
        with known_shape("GetParameters", _ERRAND):
            found |= {item["Name"]: item["Value"] for item in answer["Parameters"]}
    return found


def _named(launch_class: LaunchClass, ssm: Any) -> set[str]:
    """Return the images that ids and the user's own parameters name."""
    from botocore.exceptions import ClientError

    found = {term.id for term in launch_class.ami_terms if term.id}
    for term in launch_class.ami_terms:
        if not term.ssm_parameter:
            continue
        try:
            answer = ssm.get_parameter(Name=term.ssm_parameter)
        except ClientError as problem:
            if problem.response.get("Error", {}).get("Code", "") != "ParameterNotFound":
                raise
            raise InputError(
                f"EC2NodeClass {launch_class.name}: SSM has no parameter {term.ssm_parameter}",
                hint="correct ssmParameter; it is a name or an ARN, in the controller's region",
            ) from problem
        with known_shape("GetParameter", _ERRAND):
            found.add(answer["Parameter"]["Value"])
    return found


def _questions(terms: Iterable[ImageTerm], ids: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the arguments of each DescribeImages that terms need: the ids share one."""
    if ids:
        yield {"Filters": [{"Name": "image-id", "Values": ids}]}
    for term in terms:
        if term.alias or term.id or term.ssm_parameter:
            continue
        filters = [{"Name": "name", "Values": [term.name]}] if term.name else []
        filters += tag_filters(term.tags)
        owners = [term.owner] if term.owner else list(_OWNERS) if term.name else []
        yield {"Filters": filters} | ({"Owners": owners} if owners else {})


def _described(ec2: Any, question: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    available = {"Name": "state", "Values": ["available"]}
    asked = {**question, "Filters": [*question["Filters"], available]}
    pages = ec2.get_paginator("describe_images").paginate(IncludeDeprecated=True, **asked)
    for page in pages:
        yield from page.get("Images", ())


def _image(
    item: Mapping[str, Any], kinds: Mapping[str, tuple[str, ...]], now: int
) -> LaunchImage | None:
    """Return an image; None for one of an architecture that no node has."""
    architecture = _ARCHITECTURES.get(item["Architecture"])
    if architecture is None:
        return None
    image, deprecated = item["ImageId"], item.get("DeprecationTime")
    return LaunchImage(
        image,
        item.get("Name", ""),
        architecture,
        item.get("CreationDate", ""),
        kinds.get(image),
        is_deprecated=bool(deprecated)
        and datetime.fromisoformat(str(deprecated)) <= datetime.fromtimestamp(now, UTC),
    )
