"""spec.disruption, expireAfter and terminationGracePeriod of NodePools, v1 and v1beta1."""

from collections.abc import Callable

import pytest

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.sources import Source
from kubestow.disruption.node_budgets import is_active
from kubestow.model.input_error import InputProblem
from kubestow.model.nodepool import Disruption, NodeBudget
from kubestow.model.snapshot import Cluster

Read = Callable[..., Cluster]
DAY = 24 * 3600


def manifest(disruption: str = "", expire: str = "") -> str:
    spec = f"template: {{spec: {{{expire}}}}}" + (f", disruption: {disruption}" * bool(disruption))
    return (
        f"{{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {{name: p}}, spec: {{{spec}}}}}"
    )


def of(read: Read, disruption: str = "", expire: str = "") -> Disruption:
    (pool,) = read(manifest(disruption, expire)).nodepools
    return pool.disruption


def mistakes(disruption: str, expire: str = "") -> list[InputProblem]:
    problems: list[InputProblem] = []
    documents: list[Document] = list(
        read_documents(Source("in.yaml", manifest(disruption, expire).encode()), problems)
    )
    read_cluster(documents, problems)
    return problems


@pytest.mark.parametrize("said", ["", "{}", "{budgets: [{}]}", "{consolidateAfter: 0s}"])
def test_a_nodepool_that_says_nothing_has_karpenters_defaults(read: Read, said: str) -> None:
    assert of(read, said) == Disruption(
        when_underutilized=True,
        consolidate_after=0,
        expire_after=30 * DAY,
        budgets=(NodeBudget("10%"),),
    )


@pytest.mark.parametrize(
    ("policy", "underutilized"),
    [
        ("WhenEmpty", False),
        ("WhenEmptyOrUnderutilized", True),
        ("WhenUnderutilized", True),  # v1beta1
        ("Balanced", True),
    ],
)
def test_every_policy_takes_empty_nodes_and_all_but_one_others_too(
    read: Read, policy: str, underutilized: bool
) -> None:
    assert of(read, f"{{consolidationPolicy: {policy}}}").when_underutilized is underutilized


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("30s", 30),
        ("10m", 600),
        ("1h30m", 5400),
        ("1h30m15s", 5415),
        ("720h", 30 * DAY),
        ("90m90s", 5490),
        ("1m1m", 120),
        ("Never", None),
    ],
)
def test_durations_are_gos_or_never(read: Read, text: str, seconds: int | None) -> None:
    assert of(read, f"{{consolidateAfter: {text}}}").consolidate_after == seconds
    assert of(read, "", f"expireAfter: {text}").expire_after == seconds
    assert of(read, f"{{expireAfter: {text}}}").expire_after == seconds  # v1beta1


def test_the_templates_expire_after_counts_before_v1beta1s(read: Read) -> None:
    assert of(read, "{expireAfter: 1h}", "expireAfter: 2h").expire_after == 7200


def test_the_longest_drain_is_the_templates_termination_grace_period(read: Read) -> None:
    assert of(read).drain_seconds is None
    assert of(read, "", "terminationGracePeriod: 1h30m").drain_seconds == 5400
    (mistake,) = mistakes("", "terminationGracePeriod: Never")
    assert mistake.field == "spec.template.spec.terminationGracePeriod"
    assert "Never" not in mistake.hint


def test_budgets_are_read_whole(read: Read) -> None:
    found = of(
        read,
        "{budgets: [{nodes: '3'}, {nodes: 20%, reasons: [Empty, Drifted]}, {nodes: '0', "
        "schedule: '0 9 * * mon-fri', duration: 8h30m}]}",
    )
    assert found.budgets == (
        NodeBudget(3),
        NodeBudget("20%", ("Empty", "Drifted")),
        NodeBudget(0, (), "0 9 * * mon-fri", 30_600),
    )


def test_an_empty_list_of_budgets_holds_nothing_back(read: Read) -> None:
    assert of(read, "{budgets: []}").budgets == ()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("0 9 ? * mon", "0 9 * * mon"),
        ("*/7 7-17/7 7 jul 1,6", "*/7 7-17/7 7 jul 1,6"),
        ("0 0 * * */7", "0 0 * * */7"),
    ],
)
def test_schedules_are_crons_five_fields_or_its_names_for_them(
    read: Read, text: str, meant: str
) -> None:
    (budget,) = of(read, f"{{budgets: [{{schedule: '{text}', duration: 1h}}]}}").budgets
    assert budget.schedule == meant
    assert isinstance(is_active(budget, 0), bool)


@pytest.mark.parametrize("duration", ["8h", "90m", "8h30m", "8h0m0s", "90m0s"])
def test_a_window_is_of_hours_and_minutes(read: Read, duration: str) -> None:
    (budget,) = of(read, f"{{budgets: [{{schedule: '@daily', duration: {duration}}}]}}").budgets
    assert budget.duration_seconds in (8 * 3600, 90 * 60, 8 * 3600 + 30 * 60)


@pytest.mark.parametrize(
    ("said", "field", "hint"),
    [
        ("consolidationPolicy: WhenEmty", "consolidationPolicy", "did you mean 'WhenEmpty'?"),
        ("consolidationPolicy: Sometimes", "consolidationPolicy", "use WhenEmpty or"),
        ("consolidateAfter: soon", "consolidateAfter", "such as 1h30m, or Never"),
        ("consolidateAfter: 1d", "consolidateAfter", "such as 1h30m, or Never"),
        ("consolidateAfter: -1s", "consolidateAfter", "such as 1h30m, or Never"),
        ("consolidateAfter: never", "consolidateAfter", "such as 1h30m, or Never"),
        ("consolidateAfter: 1.5h", "consolidateAfter", "such as 1h30m, or Never"),
        ("consolidateAfter: ''", "consolidateAfter", "such as 1h30m, or Never"),
        ("consolidateAfter: 30", "consolidateAfter", "put the value in quotes"),
        ("expireAfter: 30d", "expireAfter", "such as 1h30m, or Never"),
        ("budgets: [{nodes: 5}]", "budgets[0].nodes", "put the value in quotes"),
        ("budgets: [{nodes: 101%}]", "budgets[0].nodes", "0% to 100%"),
        ("budgets: [{nodes: '-1'}]", "budgets[0].nodes", "0% to 100%"),
        ("budgets: [{nodes: ''}]", "budgets[0].nodes", "0% to 100%"),
        ("budgets: [{}, {reasons: [Drift]}]", "budgets[1].reasons", "did you mean 'Drifted'?"),
        ("budgets: [{reasons: [Expired]}]", "budgets[0].reasons", ""),
        ("budgets: [{schedule: '@daily'}]", "budgets[0].schedule", "add a duration, or remove"),
        ("budgets: [{duration: 1h}]", "budgets[0].duration", "add a schedule, or remove"),
        (
            "budgets: [{schedule: '@daily', duration: 30s}]",
            "budgets[0].duration",
            "such as 8h or 1h30m",
        ),
        (
            "budgets: [{schedule: '@dayly', duration: 1h}]",
            "budgets[0].schedule",
            "did you mean '@daily'?",
        ),
        ("budgets: {}", "budgets", "write a list"),
    ],
)
def test_every_mistake_is_named_with_a_hint(said: str, field: str, hint: str) -> None:
    (problem,) = mistakes(f"{{{said}}}")
    assert problem.subject == "NodePool p"
    text = f"{problem.describe()} {problem.hint}"
    assert f"spec.disruption.{field}" in text
    assert hint in text


@pytest.mark.parametrize(
    "schedule",
    [
        "0 9 * *",
        "0 0 9 * * *",
        "TZ=UTC 0 9 * * *",
        "61 * * * *",
        "0 9 L * *",
        "0 9 * * 1#2",
        "0 9 * * 7",
        "0 9 * * 5-7",
        "0 9 * * 1,7",
        "0 0 30 2 *",
        "a b c d e",
    ],
)
def test_a_schedule_that_karpenter_could_not_follow_is_a_mistake(schedule: str) -> None:
    (problem,) = mistakes(f"{{budgets: [{{schedule: '{schedule}', duration: 1h}}]}}")
    assert "spec.disruption.budgets[0].schedule" in problem.describe() + problem.hint
    assert "such as '0 9 * * mon-fri'" in problem.describe() + problem.hint


def test_a_templates_expire_after_that_is_no_duration_is_a_mistake() -> None:
    (problem,) = mistakes("{}", "expireAfter: forever")
    assert "spec.template.spec.expireAfter" in problem.describe() + problem.hint


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("{consolidateafter: 1s}", "consolidateAfter"),
        ("{budgets: [{node: '1'}]}", "nodes"),
    ],
)
def test_a_misspelt_field_is_not_lost(said: str, meant: str) -> None:
    problems = mistakes(said)
    assert problems
    assert any(meant in problem.describe() + problem.hint for problem in problems)
