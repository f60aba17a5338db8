"""The costs file as read: its figures, and every mistake named with a hint."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from kubestow.adapters.costs_file import read_costs
from kubestow.model import labels as names
from kubestow.model.costs import Costs, Extra, Override, Reservation
from kubestow.model.input_error import InputError

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "costs.v1alpha1.json").read_text())
HEAD = "apiVersion: kubestow.dev/v1alpha1\nkind: Costs\n"


def write(directory: Path, text: str) -> str:
    path = directory / "costs.yaml"
    path.write_text(text)
    return str(path)


def read(directory: Path, body: str) -> Costs:
    jsonschema.validate(yaml.safe_load(HEAD + body), SCHEMA)
    return read_costs(write(directory, HEAD + body))


def refused(directory: Path, text: str) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        read_costs(write(directory, text))
    assert "costs.yaml: " in caught.value.message
    return caught.value.message.partition("costs.yaml: ")[2], caught.value.hint


def test_every_field_is_read_in_nano_usd_an_hour(tmp_path: Path) -> None:
    costs = read(
        tmp_path,
        """
perNode:
  - {name: agent, usdPerMonth: 7.3, source: contract, estimate: true}
  - {name: proxy, usdPerHour: 0.002, match: {kubernetes.io/arch: [arm64, amd64]}}
perVcpu: [{name: licence, usdPerHour: 1}]
rootVolume: {gib: 20, usdPerGibMonth: 0.073, source: gp3}
publicIpv4: {usdPerHour: 0.005}
prices:
  - {name: deal, usdPerHour: 0.05, match: {node.kubernetes.io/instance-type: [m5.large]}}
  - {name: plan, discount: 0.28, match: {karpenter.sh/capacity-type: [spot]}, source: bill}
""",
    )
    file = str(tmp_path / "costs.yaml")
    on_demand = (names.CAPACITY_TYPE, ("on-demand",))
    assert costs == Costs(
        file,
        (
            Extra("agent", 10_000_000, "contract", is_estimate=True),
            Extra("proxy", 2_000_000, file, ((names.ARCH, ("arm64", "amd64")),)),
            Extra("licence", 10**9, file, per_vcpu=True),
            Extra("rootVolume", 2_000_000, "gp3"),
            Extra("publicIpv4", 5_000_000, file),
        ),
        (
            Override(
                "deal", 50_000_000, file, ((names.INSTANCE_TYPE, ("m5.large",)), on_demand)
            ),
            Override("plan", None, "bill", ((names.CAPACITY_TYPE, ("spot",)),), 280_000_000),
        ),
    )  # fmt: skip


def test_reservations_are_read_with_their_defaults(tmp_path: Path) -> None:
    costs = read(
        tmp_path,
        """
reservations:
  - {name: plain, instanceType: m5.large, count: 1}
  - {name: all-2025, instanceType: m6i.4xlarge, zone: us-east-1a, count: 10, usdPerHour: 0.45,
     nodePool: default, source: contract 4711}
""",
    )
    assert costs.entries == ()
    assert costs.reservations == (
        Reservation("plain", "m5.large", 1, None, str(tmp_path / "costs.yaml")),
        Reservation(
            "all-2025", "m6i.4xlarge", 10, 450_000_000, "contract 4711", "us-east-1a", "default"
        ),
    )


def test_json_and_old_names_of_labels_are_read(tmp_path: Path) -> None:
    match = {"beta.kubernetes.io/arch": ["arm64"]}
    body = {"perNode": [{"name": "agent", "usdPerHour": 1, "match": match}]}
    text = json.dumps({"apiVersion": "kubestow.dev/v1alpha1", "kind": "Costs"} | body)
    (extra,) = read_costs(write(tmp_path, text)).extras
    assert extra.match == ((names.ARCH, ("arm64",)),)


def test_the_example_is_read_and_keeps_to_the_schema() -> None:
    path = ROOT / "examples" / "costs.yaml"
    jsonschema.validate(yaml.safe_load(path.read_text()), SCHEMA)
    costs = read_costs(str(path))
    assert len(costs.extras) == 4
    assert all(entry.source != costs.file for entry in costs.entries)


ENTRY = "perNode: [{name: a, usdPerHour: 1%s}]"
RESERVED = "reservations: [{name: a, instanceType: m5.large, %s}]"
MISTAKES = {
    "a misspelt field": (
        "perNod: []",
        "Costs: perNod: is not a field of Costs",
        "did you mean 'perNode'?",
    ),
    "a misspelt field of an entry": (
        ENTRY % ", usdPerMont: 2",
        "perNode[0].usdPerMont: is not a field of perNode",
        "did you mean 'usdPerMonth'?",
    ),
    "a field of nothing": (
        "rootVolume: {iops: 3000}",
        "rootVolume.iops: is not a field of rootVolume",
        "expected one of gib, usdPerGibMonth, source, estimate",
    ),
    "a reservation without a type": (
        "reservations: [{name: a, count: 3}]",
        "Costs: reservations[0].instanceType: is missing",
        "m6i.4xlarge",
    ),
    "a misspelt field of a reservation": (
        RESERVED % "type: m5.large",
        "reservations[0].type: is not a field of reservations",
        "expected one of name, instanceType, zone, count",
    ),
    "a reservation of no nodes": (
        RESERVED % "count: 0",
        "reservations[0].count: 0 is out of range",
        "from 1 to 5000",
    ),
    "a reservation of half a node": (
        RESERVED % "count: 1.5",
        "reservations[0].count: expected a whole number, got a number",
        "write it in digits",
    ),
    "a reservation without a count": (
        RESERVED % "zone: a",
        "reservations[0].count: is missing",
        "whole number",
    ),
    "a reservation of a negative price": (
        RESERVED % "count: 1, usdPerHour: -0.1",
        "reservations[0].usdPerHour: -0.1 is negative",
        "zero or more",
    ),
    "a reservation that names no node": (
        "reservations: [{name: Savings Plan, instanceType: m5.large, count: 1}]",
        "reservations[0].name: 'Savings Plan' cannot be part of a node name",
        "lowercase letters",
    ),
    "two of one name": (
        "prices: [{name: a, discount: 0.1}]\n" + RESERVED % "count: 1",
        "2 entries are named 'a'",
        "a unique name",
    ),
    "no name": ("perNode: [{usdPerHour: 1}]", "perNode[0].name: is missing", "name the entry"),
    "no price": ("perVcpu: [{name: a}]", "perVcpu[0]: a needs exactly one price", "usdPerMonth"),
    "two prices": (
        ENTRY % ", usdPerMonth: 2",
        "perNode[0]: a needs exactly one price",
        "usdPerHour",
    ),
    "a price and a discount": (
        "prices: [{name: a, usdPerHour: 1, discount: 0.1}]",
        "prices[0]: a needs exactly one price",
        "set either usdPerHour or discount",
    ),
    "a negative price": (
        "publicIpv4: {usdPerHour: -1}",
        "publicIpv4.usdPerHour: -1 is negative",
        "zero or more",
    ),
    "a price as text": (
        "perNode: [{name: a, usdPerHour: '1'}]",
        "perNode[0].usdPerHour: expected a whole number or a number, got text",
        "without quotes",
    ),
    "a price beyond sense": (
        "perNode: [{name: a, usdPerHour: 50000}]",
        "perNode[0]: 50000 USD/h is higher than the price of any node",
        "in USD",
    ),
    "a free instance": (
        "prices: [{name: a, usdPerHour: 0}]",
        "prices[0].usdPerHour: must be greater than 0",
        "set the instance's price",
    ),
    "a discount in percent": (
        "prices: [{name: a, discount: 28}]",
        "prices[0].discount: 28 is not below 1",
        "0.28 for 28 %",
    ),
    "half a root volume": (
        "rootVolume: {gib: 20}",
        "rootVolume.usdPerGibMonth: is missing",
        "examples/costs.yaml",
    ),
    "an unknown label": (
        ENTRY % ", match: {kubernetes.io/arc: [arm64]}",
        "perNode[0].match.kubernetes.io/arc: is not a label of instance types",
        "did you mean 'kubernetes.io/arch'?",
    ),
    "a label of the NodePool": (
        ENTRY % ", match: {team: [blue]}",
        "perNode[0].match.team: is not a label of instance types",
        "node.kubernetes.io/instance-type",
    ),
    "a label without values": (
        ENTRY % ", match: {kubernetes.io/arch: []}",
        "perNode[0].match.kubernetes.io/arch: has no values",
        "list at least one",
    ),
    "a value that is no list": (
        ENTRY % ", match: {kubernetes.io/arch: arm64}",
        "perNode[0].match.kubernetes.io/arch: expected a list, got text",
        "write a list",
    ),
    "a number as a label's value": (
        ENTRY % ", match: {karpenter.k8s.aws/instance-cpu: [4]}",
        "expected text, got a whole number",
        "in quotes",
    ),
    "the same name twice": (
        "perNode: [{name: a, usdPerHour: 1}]\nperVcpu: [{name: a, usdPerHour: 1}]",
        "2 entries are named 'a'",
        "a unique name",
    ),
    "a name of our own": (
        "perNode: [{name: rootVolume, usdPerHour: 1}]\nrootVolume: {gib: 1, usdPerGibMonth: 1}",
        "2 entries are named 'rootVolume'",
        "a unique name",
    ),
    "no list": ("perNode: {name: a}", "perNode: expected a list, got a mapping", "write a list"),
}


@pytest.mark.parametrize(("body", "message", "hint"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_names_its_field_and_mends_it(
    tmp_path: Path, body: str, message: str, hint: str
) -> None:
    said, hinted = refused(tmp_path, HEAD + body)
    assert said.startswith("Costs: ")
    assert message in said
    assert hint in hinted
    assert "kubectl" not in hinted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        (HEAD.replace("Costs", "Cost"), "found kubestow.dev/v1alpha1 Cost"),
        (HEAD.replace("v1alpha1", "v9"), "found kubestow.dev/v9 Costs"),
        ("kind: Costs", "found ? Costs"),
        (f"{HEAD}---\n{HEAD}", "expected one object of kind Costs, found kubestow.dev"),
        (f"{HEAD}perNode: [", "not valid YAML"),
        (f"{HEAD}perNode: []\nperNode: []", "perNode"),
    ],
    ids=["empty", "kind", "version", "no version", "two", "syntax", "a key twice"],
)
def test_a_file_that_is_none_of_costs_is_refused(tmp_path: Path, text: str, message: str) -> None:
    said, hint = refused(tmp_path, text)
    assert message in said
    assert "Kubernetes" not in hint


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    for argument, what in ((tmp_path, "is a directory"), (tmp_path / "none.yaml", "no such file")):
        with pytest.raises(InputError, match=what) as caught:
            read_costs(str(argument))
        assert "--costs takes one file" in caught.value.hint


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf"])
def test_a_price_that_is_no_number_is_refused_where_it_stands(tmp_path: Path, number: str) -> None:
    said, _ = refused(tmp_path, HEAD + f"perNode: [{{name: a, usdPerHour: {number}}}]")
    assert ".nan and .inf are not numbers" in said
    assert "line 3" in said
