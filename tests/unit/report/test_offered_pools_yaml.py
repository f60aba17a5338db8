"""NodePools that are offered are valid objects, with what is not known marked."""

import json
from pathlib import Path

import jsonschema
import yaml
from tests.unit.views.adoptions import from_autoscaler

from kubestow.report.offered_pools_yaml import MARK, offered_pools_yaml
from kubestow.views.adoption_commands import AdoptionSettings

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_objects_are_valid_and_what_is_not_known_is_marked() -> None:
    text = offered_pools_yaml(from_autoscaler())
    objects = list(yaml.safe_load_all(text))
    assert [item["kind"] for item in objects] == ["NodePool", "EC2NodeClass"] * 2
    for item in objects:
        schema = json.loads((SCHEMAS / f"{item['kind'].lower()}.v1.json").read_text())
        jsonschema.validate(item, schema)
    assert objects[1]["spec"]["role"].startswith(MARK)
    assert objects[1]["spec"]["amiSelectorTerms"][0]["alias"] == f"al2023@{MARK}-VERSION"
    assert objects[1]["spec"]["subnetSelectorTerms"][0]["tags"] == {
        "karpenter.sh/discovery": "shop"
    }


def test_what_is_given_is_filled_in() -> None:
    settings = AdoptionSettings(
        pool_files={}, node_role="nodes",
        subnets=(("us-east-1a", "subnet-1"), ("us-east-1b", "subnet-2")),
    )  # fmt: skip
    text = offered_pools_yaml(from_autoscaler(settings=settings))
    spec = list(yaml.safe_load_all(text))[1]["spec"]
    assert (spec["role"], spec["subnetSelectorTerms"]) == ("nodes", [{"id": "subnet-1"}])
