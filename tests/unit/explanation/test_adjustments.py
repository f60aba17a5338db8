"""Single changes of a template or a NodePool: tables whose rows are sentences."""

import pytest

from kubestow.explanation.adjustments import (
    WHOLE,
    Adjustment,
    describe,
    relaxed,
    template_change,
    widened,
)
from kubestow.model import explanation as kinds
from kubestow.model import labels as names
from kubestow.model.pod import Preferences
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.taints import Taint, Toleration
from kubestow.testing import affinity_term, nodepool, pod, spread

BATCH = Taint("team", "batch", "NoSchedule")
GPU = SelectorRequirement("gpu", "Exists")
ZONE_A = SelectorRequirement(names.ZONE, "In", ("zone-a",))
SPREAD = spread(names.ZONE, app="web")
TERM = affinity_term(names.HOSTNAME, app="web")
GENERATION = names.AWS_PREFIX + "instance-generation"

TEMPLATE = pod(
    "web",
    node_selector=(("disk", "ssd"), ("team", "batch")),
    node_affinity=(NodeSelectorTerm((GPU, ZONE_A)), NodeSelectorTerm((ZONE_A,))),
    spread=(SPREAD,),
    affinity=(TERM,),
    anti_affinity=(TERM,),
).template

DROP_TEAM = Adjustment(kinds.DROP_NODE_SELECTOR, "team")
DROP_GPU = Adjustment(kinds.DROP_NODE_AFFINITY, "gpu", item=GPU)
TOLERATE = Adjustment(kinds.TOLERATE_TAINT, "team", item=BATCH)


@pytest.mark.parametrize(
    ("move", "changed"),
    [
        pytest.param(DROP_TEAM, {"node_selector": (("disk", "ssd"),)}, id="one key is dropped"),
        pytest.param(
            DROP_GPU,
            {"node_affinity": (NodeSelectorTerm((ZONE_A,)), NodeSelectorTerm((ZONE_A,)))},
            id="one expression of one term is dropped",
        ),
        pytest.param(
            Adjustment(kinds.DROP_NODE_AFFINITY, names.ZONE, item=ZONE_A, term=1),
            {"node_affinity": None},
            id="a term that asks nothing any more lets every node in",
        ),
        pytest.param(
            Adjustment(kinds.DROP_NODE_AFFINITY, term=WHOLE),
            {"node_affinity": None},
            id="the whole of node affinity is dropped",
        ),
        pytest.param(
            TOLERATE,
            {"tolerations": (Toleration("team", "Equal", "batch", "NoSchedule"),)},
            id="a taint is tolerated with its value and effect",
        ),
        pytest.param(
            Adjustment(kinds.RELAX_SPREAD, item=SPREAD),
            {"spread": (), "preferences": Preferences(spread=(SPREAD,))},
            id="a hard spread becomes a preference",
        ),
        pytest.param(
            Adjustment(kinds.RELAX_AFFINITY, item=TERM),
            {"affinity": (), "preferences": Preferences(affinity=((100, TERM),))},
            id="required affinity becomes the strongest preference",
        ),
        pytest.param(
            Adjustment(kinds.RELAX_ANTI_AFFINITY, item=TERM),
            {"anti_affinity": (), "preferences": Preferences(anti_affinity=((100, TERM),))},
            id="required anti-affinity becomes the strongest preference",
        ),
        pytest.param(Adjustment(kinds.LOWER_REQUEST, "cpu"), {}, id="a request has no value yet"),
        pytest.param(Adjustment(kinds.ALLOW_IN_POOL, "k", "p"), {}, id="a NodePool is not the pod"),
    ],
)
def test_a_move_changes_its_own_field_of_the_template_alone(
    move: Adjustment, changed: dict[str, object]
) -> None:
    found = relaxed(TEMPLATE, [move])
    for field in TEMPLATE.__dataclass_fields__:
        assert getattr(found, field) == changed.get(field, getattr(TEMPLATE, field)), field


def test_moves_add_up() -> None:
    found = relaxed(TEMPLATE, [DROP_TEAM, TOLERATE])
    assert found == relaxed(relaxed(TEMPLATE, [DROP_TEAM]), [TOLERATE])


@pytest.mark.parametrize(
    ("requirement", "value", "others"),
    [
        ((names.ARCH, "In", ["amd64"]), "arm64", ["amd64"]),
        ((names.ZONE, "NotIn", ["zone-a", "zone-b"]), "zone-a", ["zone-c"]),
        ((GENERATION, "Gt", ["5"]), "4", ["5", "6"]),
        ((GENERATION, "Lt", ["3"]), "4", ["2", "3"]),
    ],
)
def test_a_widened_requirement_lets_in_one_more_value(
    requirement: tuple[str, str, list[str]], value: str, others: list[str]
) -> None:
    key = requirement[0]
    pool = nodepool("p", requirement, (names.OS, "In", ["linux"]))
    wider = widened(pool, key, value)
    assert not pool.requirements.by_key[key].has(value)
    assert all(wider.requirements.by_key[key].has(item) for item in (value, *others))
    assert wider.requirements.by_key[names.OS] == pool.requirements.by_key[names.OS]


def test_a_widened_requirement_lets_in_nothing_else() -> None:
    wider = widened(nodepool("p", (names.ZONE, "NotIn", ["a", "b"])), names.ZONE, "a")
    assert not wider.requirements.by_key[names.ZONE].has("b")
    wider = widened(nodepool("p", (GENERATION, "Gt", ["5"])), GENERATION, "4")
    assert not wider.requirements.by_key[GENERATION].has("3")


@pytest.mark.parametrize(
    ("move", "subject", "before"),
    [
        (TOLERATE, "team=batch:NoSchedule", ""),
        (
            Adjustment(
                kinds.DROP_NODE_SELECTOR,
                "team",
                item=SelectorRequirement("team", "In", ("batch",)),
            ),
            "team",
            "team=batch",
        ),
        (DROP_GPU, "gpu", "gpu Exists"),
        (Adjustment(kinds.RELAX_SPREAD, item=SPREAD), names.ZONE, "maxSkew 1 over"),
        (Adjustment(kinds.RELAX_ANTI_AFFINITY, item=TERM), names.HOSTNAME, "app In [web]"),
        (
            Adjustment(kinds.RELAX_AFFINITY, item=affinity_term(names.ZONE)),
            names.ZONE,
            "all pods",
        ),
    ],
)
def test_a_change_names_what_it_is_about_and_what_stood_there(
    move: Adjustment, subject: str, before: str
) -> None:
    change = template_change(move)
    assert (change.kind, change.subject) == (move.kind, subject)
    assert before in change.before


@pytest.mark.parametrize(
    ("item", "text"), [(GPU, "gpu Exists"), (ZONE_A, f"{names.ZONE} In [zone-a]")]
)
def test_an_expression_is_written_with_its_values_if_it_has_any(
    item: SelectorRequirement, text: str
) -> None:
    assert describe(item) == text
