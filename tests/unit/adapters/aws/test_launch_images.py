"""AMI selector terms and the images they select."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kubestow.adapters.aws.launch_images import LaunchImage, images_of, parameters_of
from kubestow.model.input_error import InputError
from kubestow.model.launch_class import ImageTerm, LaunchClass, PlaceTerm

NOW = 1_764_000_000  # in November 2025
BASE = "/aws/service/eks/optimized-ami/1.34/amazon-linux-2023"
EVERYWHERE = (PlaceTerm(tags=(("cluster", "shop"),)),)


def of(*terms: ImageTerm, family: str = "AL2023") -> LaunchClass:
    return LaunchClass("web", family, terms, EVERYWHERE, EVERYWHERE, role="nodes")


def image(name: str, architecture: str = "x86_64", **more: Any) -> dict[str, Any]:
    made = {"ImageId": name, "Name": f"name of {name}", "Architecture": architecture,
            "CreationDate": "2025-01-01T00:00:00.000Z"}  # fmt: skip
    return made | more


class FakeEc2:
    """Answers DescribeImages with all images, or those of an id; remembers the questions."""

    def __init__(self, *images: dict[str, Any]) -> None:
        self.images = images
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> "FakeEc2":
        assert operation == "describe_images"
        return self

    def paginate(self, **question: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(question)
        ids = [f["Values"] for f in question["Filters"] if f["Name"] == "image-id"]
        yield {"Images": [i for i in self.images if not ids or i["ImageId"] in ids[0]]}


class FakeSsm:
    """Has some parameters."""

    def __init__(self, **values: str) -> None:
        self.values = {key.replace("__", "/"): value for key, value in values.items()}
        self.asked: list[str] = []

    def get_parameters(self, Names: list[str]) -> dict[str, Any]:  # noqa: N803 - boto3's own name
        assert len(Names) <= 10
        self.asked += Names
        found = [{"Name": n, "Value": self.values[n]} for n in Names if n in self.values]
        return {"Parameters": found, "InvalidParameters": []}

    def get_parameter(self, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's own name
        if Name not in self.values:
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")
        return {"Parameter": {"Value": self.values[Name]}}


def found(launch_class: LaunchClass, ec2: FakeEc2, ssm: FakeSsm | None = None) -> list[LaunchImage]:
    return list(images_of(launch_class, "1.34", ec2, ssm or FakeSsm(), "eu-west-1", now=NOW))


def test_an_alias_is_resolved_by_the_parameters_of_every_kind() -> None:
    ssm = FakeSsm()
    ssm.values = {
        f"{BASE}/x86_64/standard/recommended/image_id": "ami-1",
        f"{BASE}/x86_64/nvidia/recommended/image_id": "ami-2",
        f"{BASE}/arm64/standard/recommended/image_id": "ami-3",
    }
    ec2 = FakeEc2(image("ami-1"), image("ami-2"), image("ami-3", "arm64"), image("ami-4"))
    images = found(of(ImageTerm(alias="al2023@latest")), ec2, ssm)
    assert {i.id: (i.architecture, i.accelerators) for i in images} == {
        "ami-1": ("amd64", ("",)), "ami-2": ("amd64", ("nvidia",)), "ami-3": ("arm64", ("",)),
    }  # fmt: skip
    assert sorted(ssm.asked) == sorted(parameters_of("AL2023", "latest", "1.34"))
    assert [i.id for i in images if i.fits("amd64", "nvidia")] == ["ami-2"]
    assert [i.id for i in images if i.fits("amd64", "neuron")] == []


@pytest.mark.parametrize(
    ("family", "version", "parameters"),
    [
        ("AL2023", "v20251120", {
            f"{BASE}/{a}/{v}/amazon-eks-node-al2023-{a}-{v}-1.34-v20251120/image_id": kinds
            for a, v, kinds in [
                ("x86_64", "standard", ("",)), ("x86_64", "nvidia", ("nvidia",)),
                ("x86_64", "neuron", ("neuron",)), ("arm64", "standard", ("",)),
                ("arm64", "nvidia", ("nvidia",)),
            ]}),
        ("Bottlerocket", "v1.50.0", {
            "/aws/service/bottlerocket/aws-k8s-1.34/x86_64/1.50.0/image_id": ("", "neuron"),
            "/aws/service/bottlerocket/aws-k8s-1.34/arm64/1.50.0/image_id": ("",),
            "/aws/service/bottlerocket/aws-k8s-1.34-nvidia/x86_64/1.50.0/image_id": ("nvidia",),
            "/aws/service/bottlerocket/aws-k8s-1.34-nvidia/arm64/1.50.0/image_id": ("nvidia",)}),
        ("AL2", "latest", {
            f"/aws/service/eks/optimized-ami/1.34/amazon-linux-2{s}/recommended/image_id": kinds
            for s, kinds in [("", ("",)), ("-arm64", ("",)), ("-gpu", ("nvidia", "neuron"))]}),
        ("AL2", "v20240625", {
            f"/aws/service/eks/optimized-ami/1.34/amazon-linux-2{s}/"
            f"amazon-eks{s}-node-1.34-v20240625/image_id": kinds
            for s, kinds in [("", ("",)), ("-arm64", ("",)), ("-gpu", ("nvidia", "neuron"))]}),
    ],
)  # fmt: skip
def test_parameters_have_the_names_that_aws_gives_them(
    family: str, version: str, parameters: dict[str, tuple[str, ...]]
) -> None:
    assert parameters_of(family, version, "1.34") == parameters


def test_bottlerockets_latest_has_no_version_to_shorten() -> None:
    names = parameters_of("Bottlerocket", "latest", "1.34")
    assert "/aws/service/bottlerocket/aws-k8s-1.34/arm64/latest/image_id" in names


def test_the_newest_image_is_first_and_deprecated_ones_are_last() -> None:
    ec2 = FakeEc2(
        image("ami-2"),
        image("ami-1"),
        image("ami-old", CreationDate="2024-01-01T00:00:00.000Z"),
        image("ami-new", CreationDate="2025-06-01T00:00:00.000Z"),
        image("ami-gone", CreationDate="2025-07-01T00:00:00.000Z",
              DeprecationTime="2025-08-01T00:00:00.000Z"),
        image("ami-later", DeprecationTime="2027-08-01T00:00:00.000Z"),
        image("ami-i386", "i386"),
    )  # fmt: skip
    images = found(of(ImageTerm(tags=(("own", "*"),)), family="Custom"), ec2)
    assert [i.id for i in images] == [
        "ami-new", "ami-1", "ami-2", "ami-later", "ami-old", "ami-gone",
    ]  # fmt: skip
    assert all(i.fits("amd64", "nvidia") for i in images)


def test_terms_are_asked_for_as_they_are_meant() -> None:
    ssm = FakeSsm()
    ssm.values = {"/own/ami": "ami-9"}
    ec2 = FakeEc2(image("ami-9"))
    found(
        of(
            ImageTerm(id="ami-1"), ImageTerm(ssm_parameter="/own/ami"), ImageTerm(name="own-*"),
            ImageTerm(name="x", owner="123"), ImageTerm(tags=(("a", "1"),)),
            ImageTerm(tags=(("a", "1"),), owner="self"),
        ),
        ec2, ssm,
    )  # fmt: skip
    available = {"Name": "state", "Values": ["available"]}
    tag = {"Name": "tag:a", "Values": ["1"]}
    assert [{k: v for k, v in q.items() if k != "IncludeDeprecated"} for q in ec2.asked] == [
        {"Filters": [{"Name": "image-id", "Values": ["ami-1", "ami-9"]}, available]},
        {"Filters": [{"Name": "name", "Values": ["own-*"]}, available],
         "Owners": ["self", "amazon"]},
        {"Filters": [{"Name": "name", "Values": ["x"]}, available], "Owners": ["123"]},
        {"Filters": [tag, available]},
        {"Filters": [tag, available], "Owners": ["self"]},
    ]  # fmt: skip
    assert all(question["IncludeDeprecated"] for question in ec2.asked)


@pytest.mark.parametrize(
    ("term", "message", "hint"),
    [
        (ImageTerm(alias="al2023@v1"), "no image al2023@v1 for Kubernetes 1.34", "alias"),
        (ImageTerm(alias="windows2022@latest"), "unknown alias", "al2023"),
        (ImageTerm(ssm_parameter="/none"), "SSM has no parameter /none", "ssmParameter"),
        (ImageTerm(id="ami-5"), "selects no image in eu-west-1", "region"),
    ],
)
def test_terms_that_select_nothing_are_errors_that_name_the_class(
    term: ImageTerm, message: str, hint: str
) -> None:
    with pytest.raises(InputError, match="EC2NodeClass web") as refusal:
        found(of(term), FakeEc2(image("ami-1")))
    assert message in refusal.value.message
    assert hint in refusal.value.hint
