"""NodePools that are offered are valid objects, with what is not known marked."""

import json
from pathlib import Path

import jsonschema
import yaml
from tests.unit.views.adoptions import from_autoscaler

from kubestow.report.offered_pools_yaml import MARK, offered_pools_yaml

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
