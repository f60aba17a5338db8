"""The page of the documentation that says what is made of each shape.

Run as a module, it writes the page: python -m tests.other_peoples.table
"""

from collections.abc import Iterable
from pathlib import Path

from tests.other_peoples.eksctl import SHAPES as EKSCTL
from tests.other_peoples.karpenter import BLUEPRINTS, EXAMPLES, WORKLOADS
from tests.other_peoples.shape import Shape

PAGE = Path(__file__).parents[2] / "docs" / "other-peoples-files.md"
_HEAD = """# Other people's files

What kubestow makes of the shapes of published files: the same fields, with other values. Every row
is a test (`tests/test_other_peoples_files.py`), and a plan of it is accepted by the judge. *Not
modelled* is what a plan says by name: a group or NodePool that is left out, or a setting that may
change what runs. Where nothing can be planned with, the command ends with that reason.

`python -m tests.other_peoples.table` writes this page.
"""
_PARTS = (
    ("eksctl", "`eksctl-io/eksctl`, `examples/`: ClusterConfigs, with `--cluster-config`.", EKSCTL),
    (
        "Karpenter",
        "`aws/karpenter-provider-aws`, `examples/v1/`: NodePools and node classes.",
        EXAMPLES,
    ),
    ("Karpenter's workloads", "`aws/karpenter-provider-aws`, `examples/workloads/`.", WORKLOADS),
    ("Karpenter blueprints", "`aws-samples/karpenter-blueprints`, `blueprints/`.", BLUEPRINTS),
)
_COLUMNS = "| like | shape | planned with | not modelled |\n|---|---|---|---|\n"


def page() -> str:
    """Return the page."""
    parts = [f"\n## {title}\n\n{source}\n\n{_COLUMNS}{_rows(of)}" for title, source, of in _PARTS]
    return _HEAD + "".join(parts)


def _rows(shapes: Iterable[Shape]) -> str:
    return "".join(
        f"| {shape.like} | {shape.of} | {_planned(shape)} | {_needs(shape)} |\n" for shape in shapes
    )


def _planned(shape: Shape) -> str:
    if shape.error or shape.problems:
        return "nothing"
    return ", ".join(shape.pools) if shape.pools else "the default NodePools"


def _needs(shape: Shape) -> str:
    left_out = [f"{title} is left out: {reason}" for title, reason in shape.left_out.items()]
    cannot = [f"{shape.unschedulable} pods cannot run"] if shape.unschedulable else []
    return "; ".join([*left_out, *shape.said, *shape.problems, *cannot])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
