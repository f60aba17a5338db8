"""What kubestow cannot launch with is found before anybody is stopped."""

from copy import deepcopy

from tests.unit.live.objects import Object

from kubestow.adoption.pools import judge
from kubestow.model.finding import Finding
from kubestow.model.input_error import InputProblem
from kubestow.model.reporter import SilentReporter
from kubestow.usecases.migrate import MigrateRequest, migrate

from .clusters import GENERAL, context_of, under_autoscaler, under_karpenter


def found(items: list[Object], **facts: object) -> dict[str, Finding]:
    return {item.rule: item for item in judge(context_of(items, **facts))}


def with_pool(**spec: object) -> list[Object]:
    changed = deepcopy(GENERAL)
    changed[0]["spec"] |= spec
    return [item for item in under_karpenter() if item not in GENERAL] + changed


def test_a_pool_that_kubestow_launches_with_has_no_findings() -> None:
    assert found(under_karpenter()) == {}


def test_a_field_of_a_class_that_cannot_be_launched_with_is_named() -> None:
    problem = InputProblem(
        "f", "EC2NodeClass general", "spec.context", "is not supported", "remove"
    )
    finding = found(under_karpenter(), class_problems=(problem,))["class-not-launchable"]
    assert (finding.field, finding.severity, finding.fix) == ("spec.context", "error", "remove")


def test_a_pool_whose_class_does_not_exist_is_named() -> None:
    assert "general" in found(under_karpenter(), classes=frozenset())["class-not-launchable"].reason


def test_node_groups_alone_have_no_pool() -> None:
    hint = found(under_autoscaler(), offers=True)["nodepool-missing"].fix
    assert "-o nodepools" in hint
    assert "--nodepool FILE" in found(under_autoscaler())["nodepool-missing"].fix


def test_a_static_pool_stays_with_karpenter() -> None:
    finding = found(with_pool(replicas=2))["static-nodepool"]
    assert "2;" in finding.reason
    assert "create another NodePool" in finding.fix


def test_limits_that_hold_old_and_new_nodes_are_no_finding_and_others_are() -> None:
    def limited(cpu: str) -> dict[str, Finding]:
        items = [
            item
            for item in with_pool(limits={"cpu": cpu})
            if not item["metadata"]["name"].startswith("system")
        ]
        context = context_of(items)
        asked = MigrateRequest(snapshot=context.observed.snapshot, sources=("k-1", "k-2"))
        return found(items, plan=migrate(asked, SilentReporter()).plan)

    assert limited("100") == {}
    assert "at least" in limited("9")["nodepool-limits"].reason


def test_spot_nodes_and_min_values_are_treated_otherwise() -> None:
    changed = deepcopy(GENERAL)
    requirements = changed[0]["spec"]["template"]["spec"]["requirements"]
    requirements[2]["values"] = ["spot"]
    requirements[3]["minValues"] = 2
    items = [item for item in under_karpenter() if item not in GENERAL] + changed
    findings = [item for item in judge(context_of(items)) if item.rule == "disruption-differs"]
    assert [(item.field.rpartition(".")[2], item.severity) for item in findings] == [
        ("minValues", "warning"),
        ("consolidationPolicy", "info"),
    ]
