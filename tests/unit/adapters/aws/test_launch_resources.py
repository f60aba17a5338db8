"""What classes select, asked of moto's server on loopback: kept, counted down, asked again."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kubestow.adapters.aws.eks_cluster import EksCluster
from kubestow.adapters.aws.launch_resources import (
    CLUSTER_TAG,
    LaunchClients,
    Resources,
    make_launch_clients,
    profile_name,
)
from kubestow.model.input_error import InputError
from kubestow.model.launch_class import ImageTerm, LaunchClass, PlaceTerm

pytestmark = pytest.mark.usefixtures("aws")

REGION = "ap-northeast-2"
A, B = f"{REGION}a", f"{REGION}b"
CLUSTER = EksCluster("shop", "https://api.example", "Q0E=", "10.100.0.0/16", "1.34")
TAGGED = (PlaceTerm(tags=(("discovery", "shop"),)),)
CLASS = LaunchClass("web", "Custom", (ImageTerm(id="ami-1"),), TAGGED, TAGGED, role="/path/nodes")
TRUST = "{}"


@dataclass
class Hands:
    """A clock to turn."""

    second: int = 1_764_000_000

    def __call__(self) -> int:
        return self.second


@dataclass
class Place:
    """A VPC with two subnets in one zone, one in another, and security groups."""

    clients: LaunchClients
    clock: Hands = field(default_factory=Hands)
    ids: dict[str, str] = field(default_factory=dict)

    def resources(self) -> Resources:
        return Resources(self.clients, CLUSTER, REGION, self.clock)

    def tag(self, name: str, **tags: str) -> None:
        labels = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.clients.ec2.create_tags(Resources=[self.ids[name]], Tags=labels)


@pytest.fixture
def place() -> Place:
    made = Place(make_launch_clients(REGION))
    ec2 = made.clients.ec2
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for name, cidr, zone in (("small", "10.0.0.0/28", A), ("large", "10.0.1.0/24", A),
                             ("other", "10.0.2.0/26", B)):  # fmt: skip
        answer = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)
        made.ids[name] = answer["Subnet"]["SubnetId"]
    for name in ("nodes", "more"):
        made.ids[name] = ec2.create_security_group(
            GroupName=name, Description=name, VpcId=vpc
        )["GroupId"]  # fmt: skip
    return made


@pytest.fixture(autouse=True)
def fresh(endpoint: str) -> None:
    """Forget what other tests made."""
    from urllib.request import Request, urlopen

    with urlopen(Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=60) as done:
        done.read()


def test_the_subnet_of_a_zone_with_most_free_addresses_is_taken(place: Place) -> None:
    for name in ("small", "large", "other"):
        place.tag(name, discovery="shop")
    resources = place.resources()
    found = resources.subnet_of(CLASS, A)
    assert found is not None
    assert (found.id, found.zone, found.available_addresses) == (place.ids["large"], A, 251)
    assert resources.subnet_of(CLASS, f"{REGION}c") is None


def test_addresses_are_counted_down_until_subnets_are_described_again(place: Place) -> None:
    for name in ("small", "large"):
        place.tag(name, discovery="shop")
    resources = place.resources()
    assert len(resources.subnets(CLASS)) == 2
    resources.launched(place.ids["large"], 48, addresses_each=5)
    assert [s.available_addresses for s in resources.subnets(CLASS)].count(11) == 2
    resources.launched(place.ids["large"])
    found = resources.subnet_of(CLASS, A)
    assert found is not None
    assert found.id == place.ids["small"]
    resources.launched(place.ids["large"], 100)
    resources.launched(place.ids["small"], 100)
    assert resources.subnet_of(CLASS, A) is None
    place.clock.second += 300
    found = resources.subnet_of(CLASS, A)
    assert found is not None
    assert found.available_addresses == 251


def test_addresses_of_a_subnet_are_counted_for_all_classes(place: Place) -> None:
    place.tag("small", discovery="shop")
    by_id = replace(CLASS, subnet_terms=(PlaceTerm(id=place.ids["small"]),))
    resources = place.resources()
    resources.subnets(CLASS)
    place.clock.second += 200
    resources.subnets(by_id)
    resources.launched(place.ids["small"], 4)
    for launch_class in (CLASS, by_id):
        assert [s.available_addresses for s in resources.subnets(launch_class)] == [7]


def test_terms_select_by_id_by_tag_and_by_any_value(place: Place) -> None:
    place.tag("small", discovery="shop")
    place.tag("other", discovery="elsewhere")
    by_id = replace(CLASS, subnet_terms=(*TAGGED, PlaceTerm(id=place.ids["large"])))
    resources = place.resources()
    found = [subnet.id for subnet in resources.subnets(by_id)]
    assert sorted(found) == sorted((place.ids["small"], place.ids["large"]))
    starred = replace(CLASS, subnet_terms=(PlaceTerm(tags=(("discovery", "*"),)),))
    found = [subnet.id for subnet in resources.subnets(starred)]
    assert sorted(found) == sorted((place.ids["small"], place.ids["other"]))


def test_security_groups_are_kept_for_five_minutes(place: Place) -> None:
    place.tag("nodes", discovery="shop")
    resources = place.resources()
    assert resources.security_groups(CLASS) == (place.ids["nodes"],)
    place.tag("more", discovery="shop")
    place.clock.second += 299
    assert resources.security_groups(CLASS) == (place.ids["nodes"],)
    place.clock.second += 1
    both = tuple(sorted((place.ids["nodes"], place.ids["more"])))
    assert resources.security_groups(CLASS) == both
    by_name = replace(CLASS, security_group_terms=(PlaceTerm(name="more"),))
    assert resources.security_groups(by_name) == (place.ids["more"],)


def test_images_are_kept_for_a_day_and_fit_the_architecture(place: Place) -> None:
    ec2 = place.clients.ec2
    base = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    started = ec2.run_instances(ImageId=base, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    first = ec2.create_image(InstanceId=started, Name="own-1")["ImageId"]
    resources = place.resources()
    named = replace(CLASS, ami_terms=(ImageTerm(name="own-*", owner="self"),))
    assert resources.image(named, "amd64") == first
    with pytest.raises(InputError, match="no image of its AMI selector terms is for arm64 with"):
        resources.image(named, "arm64", "nvidia")
    ec2.deregister_image(ImageId=first)
    place.clock.second += 24 * 3600 - 1
    assert resources.image(named, "amd64") == first
    place.clock.second += 1
    with pytest.raises(InputError, match="selects no image"):
        resources.image(named, "amd64")


def test_a_profile_is_made_once_for_a_role(place: Place) -> None:
    iam = place.clients.iam
    iam.create_role(RoleName="nodes", AssumeRolePolicyDocument=TRUST)
    resources = place.resources()
    name = resources.instance_profile(CLASS)
    assert name == profile_name("shop", "nodes", REGION) == resources.instance_profile(CLASS)
    made = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert [role["RoleName"] for role in made["Roles"]] == ["nodes"]
    assert {tag["Key"]: tag["Value"] for tag in made["Tags"]} == {
        CLUSTER_TAG: "shop", "kubernetes.io/cluster/shop": "owned",
    }  # fmt: skip
    assert place.resources().instance_profile(CLASS) == name
    assert len(iam.list_instance_profiles()["InstanceProfiles"]) == 1


def test_a_profile_without_its_role_gets_it(place: Place) -> None:
    iam = place.clients.iam
    iam.create_role(RoleName="nodes", AssumeRolePolicyDocument=TRUST)
    name = profile_name("shop", "nodes", REGION)
    iam.create_instance_profile(InstanceProfileName=name)
    assert place.resources().instance_profile(CLASS) == name
    made = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert [role["RoleName"] for role in made["Roles"]] == ["nodes"]


def test_a_profile_that_is_named_is_taken_as_it_is(place: Place) -> None:
    own = replace(CLASS, role="", instance_profile="own")
    assert place.resources().instance_profile(own) == "own"


def test_names_of_profiles_differ_and_fit() -> None:
    names = {profile_name(c, r, g) for c in ("a" * 100, "b") for r in "xy" for g in "12"}
    assert len(names) == 8
    assert max(map(len, names)) <= 128


def test_what_is_not_there_is_said(place: Place) -> None:
    resources = place.resources()

    def said(ask: Any) -> str:
        with pytest.raises(InputError) as refusal:
            ask(CLASS)
        assert refusal.value.hint
        return refusal.value.message

    assert said(resources.subnets).endswith(
        "spec.subnetSelectorTerms selects no subnet in " + REGION
    )
    assert "selects no security group" in said(resources.security_groups)
    assert said(resources.instance_profile) == "there is no IAM role nodes for the nodes"
