"""The published IAM policy allows what the adapters ask AWS for, and nothing else."""

import ast
import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name
from moto import mock_aws
from moto.core import enable_iam_authentication

from kubestow.adapters.aws.fleets import FleetRequest, Fleets
from kubestow.adapters.aws.instance_status import StatusChecks
from kubestow.model.input_error import InputError

REGION = "eu-west-1"

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "charts" / "kubestow" / "iam-policy.json"
ACTING_POLICY = ROOT / "examples" / "controller-iam-policy.json"
SOURCE = ROOT / "src" / "kubestow"
ADAPTERS = SOURCE / "adapters" / "aws"
ACTING = "ACTING_IAM_ACTIONS"
"""What a module declares that launches nodes: the policy is not of it, since it does not read."""
LIVE = {"ec2:DescribeInstances", "ec2:DescribeSpotPriceHistory"}
"""What the live side asks: the nodes' instances, and what spot costs now."""


def trees(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def actions(*modules: ast.Module, of: Collection[str] = ()) -> set[str]:
    """Return the IAM actions of the operations that modules name, of their services or of others.

    An operation of a service that a client is made for is named as a method of the client, or as a
    text, for a paginator. Every such name counts: an action too many shows up, none is overlooked.
    """
    nodes = [node for module in modules for node in ast.walk(module)]
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    services = set(of) or clients(*modules)
    session = botocore.session.Session()
    return {
        f"{service}:{operation}"
        for service in services
        for operation in session.get_service_model(service).operation_names
        if xform_name(operation) in names
    }


def clients(*modules: ast.Module) -> set[str]:
    """Return the services that modules make a client for."""
    return {
        str(node.args[0].value)
        for module in modules
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "client"
        and isinstance(node.args[0], ast.Constant)
    }


def declared(module: ast.Module, name: str = ACTING) -> set[str] | None:
    """Return the actions that a module declares under a name; None if it declares none."""
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return set(ast.literal_eval(node.value))
    return None


def test_operations_are_found_as_methods_and_as_names_of_paginators() -> None:
    text = """
ec2, eks = session.client("ec2", config=c), session.client("eks")
pages(ec2, "describe_subnets")
eks.describe_cluster(name=name)
other.get_products()
"""
    assert actions(ast.parse(text)) == {"ec2:DescribeSubnets", "eks:DescribeCluster"}


def test_the_policy_allows_what_is_asked_and_nothing_else() -> None:
    asked = actions(*(module for _, module in trees(ADAPTERS) if declared(module) is None))
    assert {"ec2:DescribeSubnets", "eks:DescribeCluster", "pricing:GetProducts"} <= asked
    policy = json.loads(POLICY.read_text("utf-8"))
    (statement,) = policy["Statement"]
    assert statement["Action"] == sorted(asked | LIVE)
    assert (statement["Effect"], policy["Version"]) == ("Allow", "2012-10-17")


def test_the_policy_only_reads() -> None:
    (statement,) = json.loads(POLICY.read_text("utf-8"))["Statement"]
    verbs = [action.partition(":")[2] for action in statement["Action"]]
    assert [verb for verb in verbs if not verb.startswith(("Describe", "Get"))] == []


def test_a_module_that_launches_declares_what_it_asks_for() -> None:
    acting = {path.name: module for path, module in trees(ADAPTERS) if declared(module) is not None}
    assert {"fleets.py", "launch_resources.py", "launch_templates.py"} <= acting.keys()
    services = clients(*acting.values())
    assert services == {"autoscaling", "ec2", "eks", "iam", "sqs", "ssm"}
    found = {name: actions(module, of=services) for name, module in acting.items()}
    assert found == {name: declared(module) for name, module in acting.items()}


def test_the_policy_of_the_controller_allows_what_it_asks_for_and_nothing_else() -> None:
    wanted: set[str] = set()
    for _, module in trees(ADAPTERS):
        own = declared(module)
        if own is not None:
            wanted |= own | (declared(module, "IMPLIED_IAM_ACTIONS") or set())
    statements = json.loads(ACTING_POLICY.read_text("utf-8"))["Statement"]
    allowed = {action for item in statements for action in item["Action"]}
    assert allowed == wanted
    assert {item["Effect"] for item in statements} == {"Allow"}


def test_what_changes_anything_is_bound_to_the_cluster() -> None:
    """By a tag of the cluster, or by the name of the one thing that it is for."""
    statements = json.loads(ACTING_POLICY.read_text("utf-8"))["Statement"]
    for item in statements:
        verbs = {action.partition(":")[2] for action in item["Action"]}
        if all(verb.startswith(("Describe", "Get")) for verb in verbs):
            continue
        tags = [key for key in item.get("Condition", {}).get("StringEquals", {}) if "Tag/" in key]
        named = "${" in str(item["Resource"]).rpartition(":")[2]
        assert tags or named or item["Sid"] == "LaunchWith", item["Sid"]


def test_no_module_that_reads_makes_anything() -> None:
    """An action that makes, changes or deletes is asked for by modules that declare so."""
    reading = [module for _, module in trees(ADAPTERS) if declared(module) is None]
    asked = actions(*reading, of=("autoscaling", "ec2", "eks", "iam", "ssm"))
    assert {
        action for action in asked if not action.partition(":")[2].startswith("Describe")
    } == set()


def test_no_other_module_asks_aws() -> None:
    found = [
        path.relative_to(SOURCE).as_posix()
        for path, module in trees(SOURCE)
        if ADAPTERS not in path.parents
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (alias.name for alias in node.names)
        if {"boto3", "botocore"} & {name.split(".")[0], (getattr(node, "module", "") or "")}
    ]
    assert found == []


def enforced(*, without: str) -> Any:
    """Return a client of a user who may do what the controller's policy allows, but for an action.

    moto knows the names of actions: conditions and resources of the policy are left out
    (docs/designs/0016-hands.md).
    """
    statements = json.loads(ACTING_POLICY.read_text("utf-8"))["Statement"]
    allowed = sorted({action for item in statements for action in item["Action"]} - {without})
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    iam = boto3.client("iam", region_name=REGION, **keys)
    iam.create_user(UserName="controller")
    statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="controller", PolicyName="own", PolicyDocument=policy)
    own = iam.create_access_key(UserName="controller")["AccessKey"]
    return boto3.client(
        "ec2",
        region_name=REGION,
        aws_access_key_id=own["AccessKeyId"],
        aws_secret_access_key=own["SecretAccessKey"],
    )


def launch(ec2: Any) -> None:
    request = FleetRequest(("c",), "pool", "m5.large", f"{REGION}a", "on-demand", "template")
    Fleets(ec2, REGION, "shop").launch(request)


ERRANDS: dict[str, Callable[[Any], object]] = {
    "ec2:CreateFleet": launch,
    "ec2:DescribeInstances": lambda ec2: Fleets(ec2, REGION, "shop").own(),
    "ec2:DescribeInstanceStatus": lambda ec2: StatusChecks(ec2, REGION).troubled(),
    "ec2:TerminateInstances": lambda ec2: Fleets(ec2, REGION, "shop").end([f"i-{0:017x}"]),
}


def refusal(action: str, *, without: str) -> str:
    """Return what is said of an errand that fails; empty where it does not."""
    with mock_aws():
        ec2 = enforced(without=without)
        with enable_iam_authentication():
            try:
                ERRANDS[action](ec2)
            except InputError as problem:
                return problem.message
    return ""


@pytest.mark.parametrize("action", ERRANDS)
def test_without_an_action_the_errand_that_needs_it_is_refused(action: str) -> None:
    denied = f"not allowed to call {action}"
    assert refusal(action, without=action).endswith(denied)
    assert denied not in refusal(action, without="")
