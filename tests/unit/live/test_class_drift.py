"""What a node class would launch otherwise than its nodes were launched."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from kubestow.adapters.aws.fleets import MadeWith
from kubestow.live.class_drift import ClassDrift, LaunchedNode, drifted, settings_of
from kubestow.model.input_error import InputError
from kubestow.model.launch_class import AL2023, ImageTerm, LaunchClass, PlaceTerm
from kubestow.model.nodeclaim import Phase
from kubestow.model.setup import Subnet
from kubestow.testing import nodeclaim, nodepool

WEB = LaunchClass(
    "web",
    AL2023,
    (ImageTerm(alias="al2023@latest"),),
    (PlaceTerm(id="subnet-a"),),
    (PlaceTerm(id="sg-1"),),
    role="nodes",
)
MADE = MadeWith("ami-arm64", "subnet-a", ("sg-1", "sg-2"), settings_of(WEB))


class Account:
    """What the class selects now; ``asked`` counts how often."""

    def __init__(self) -> None:
        self.asked, self.at, self.is_down = 0, 0, False
        self.places, self.groups, self.version = ["subnet-a"], ("sg-1", "sg-2"), ""

    def subnets(self, launch_class: LaunchClass) -> tuple[Subnet, ...]:
        self.asked += 1
        if self.is_down:
            raise InputError("EC2 does not answer", hint="")
        return tuple(Subnet(name, "z", "", 8, False) for name in self.places)

    def security_groups(self, launch_class: LaunchClass) -> tuple[str, ...]:
        return self.groups

    def image(self, launch_class: LaunchClass, architecture: str, accelerator: str = "") -> str:
        return f"ami-{architecture}{accelerator}{self.version}"


NODE = LaunchedNode("c", "web", "web", MADE, "arm64")


def said(account: Account, web: LaunchClass = WEB, node: LaunchedNode = NODE) -> str:
    drift = ClassDrift(account, lambda: account.at)
    return drift.outdated([node], {"web": web}, at_once).get("c", "")


def at_once(work: Callable[[], None]) -> None:
    work()


def test_a_node_that_its_class_would_launch_again_has_not_drifted() -> None:
    assert said(Account()) == ""


def test_the_newest_image_is_the_one_to_have() -> None:
    account = Account()
    account.version = "-new"
    assert said(account) == "image ami-arm64-new"
    assert said(account, node=replace(NODE, architecture="")) == ""


def test_a_subnet_that_is_selected_no_more_drifts() -> None:
    account = Account()
    account.places = ["subnet-b"]
    assert "subnet-a" in said(account)


@pytest.mark.parametrize("groups", [("sg-1",), ("sg-1", "sg-2", "sg-3")])
def test_other_security_groups_drift(groups: tuple[str, ...]) -> None:
    account = Account()
    account.groups = groups
    assert said(account).startswith("security groups")


@pytest.mark.parametrize(
    "changed",
    [
        replace(WEB, tags=(("team", "a"),)),
        replace(WEB, user_data="echo hello"),
        replace(WEB, role="others"),
        replace(WEB, public_address=True),
    ],
)
def test_a_change_of_what_the_class_says_drifts(changed: LaunchClass) -> None:
    assert said(Account(), changed) == "settings of EC2NodeClass web"


def test_selectors_are_judged_by_what_they_select() -> None:
    changed = replace(WEB, subnet_terms=(PlaceTerm(tags=(("a", "*"),)),))
    assert said(Account(), changed) == ""


def test_a_node_of_another_class_has_drifted() -> None:
    assert said(Account(), node=replace(NODE, had_class="old")) == "EC2NodeClass web"


def test_what_is_not_known_is_not_judged() -> None:
    assert said(Account(), node=replace(NODE, made_with=MadeWith())) == ""
    assert (
        said(
            Account(), node=replace(NODE, made_with=replace(MADE, settings="0-of-another-version"))
        )
        == ""
    )
    assert said(Account(), node=replace(NODE, node_class="gone")) == ""


NODES = [LaunchedNode(name, "web", "web", MADE, "amd64") for name in "abc"]


def test_a_class_that_cannot_be_asked_about_is_asked_again_after_a_minute() -> None:
    account = Account()
    account.is_down = True
    drift = ClassDrift(account, lambda: account.at)
    for _ in range(2):
        assert drift.outdated(NODES, {"web": WEB}, at_once) == {}
        assert drift.trouble == "EC2 does not answer"
    assert account.asked == 1
    account.at, account.is_down = 60, False
    assert drift.outdated(NODES, {"web": WEB}, at_once) == dict.fromkeys("abc", "image ami-amd64")
    assert drift.trouble == ""


def test_nobody_waits_for_what_classes_select() -> None:
    later: list[Callable[[], None]] = []
    account = Account()
    drift = ClassDrift(account, lambda: account.at)
    for _ in range(3):
        assert drift.outdated(NODES, {"web": WEB}, later.append) == {}
    (ask,) = later
    ask()
    assert set(drift.outdated(NODES, {"web": WEB}, later.append)) == set("abc")
    changed = replace(WEB, role="others")  # was not asked about yet
    assert drift.outdated(NODES, {"web": changed}, later.append) == {}


def test_who_leads_anew_asks_anew() -> None:
    account = Account()
    drift = ClassDrift(account, lambda: account.at)
    drift.outdated(NODES, {"web": WEB}, at_once)
    drift.anew()
    drift.outdated(NODES, {"web": WEB}, at_once)
    assert account.asked == 2


def test_the_digest_of_settings_stays_the_same_from_version_to_version() -> None:
    """A change of it drifts every node of everybody: raise its version with what it counts."""
    assert settings_of(WEB) == "1-1cfa44d4df3d2a1a"


def test_an_answer_to_who_led_before_is_not_heeded() -> None:
    account, later = Account(), list[Callable[[], None]]()
    drift = ClassDrift(account, lambda: account.at)
    account.places = ["subnet-b"]
    assert drift.outdated([NODE], {"web": WEB}, later.append) == {}
    drift.anew()
    later.pop()()
    assert drift.outdated([NODE], {"web": WEB}, later.append) == {}
    later.pop()()
    assert "subnet-a" in drift.outdated([NODE], {"web": WEB}, later.append)["c"]


def test_what_nodes_have_drifted_from_is_told_once_for_each_pool() -> None:
    pools = [nodepool("web", labels=(("team", "shop"),)), nodepool("jobs")]
    claims = [
        nodeclaim("a", nodepool="web"),
        nodeclaim("b", nodepool="web"),
        replace(nodeclaim("c", nodepool="jobs"), outdated="image ami-2"),
        nodeclaim("d", nodepool="jobs"),
        replace(nodeclaim("e", nodepool="jobs"), outdated="image ami-3", phase=Phase.DRAINING),
    ]
    assert drifted(claims, pools) == "jobs: image ami-2; web: label team=shop"
    assert drifted(claims[3:], pools) == ""
