"""The Spark operator's kinds."""

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]
V = "sparkoperator.k8s.io/v1beta2"
SPEC = """
type: {type}
driver: {{cores: 1, memory: 2g}}
executor: {{cores: 2, memory: 4g, instances: 3}}
"""


def application(kind: str = "Scala", more: str = "") -> tuple[str, str, str]:
    return V, "SparkApplication", SPEC.format(type=kind) + more


@pytest.mark.parametrize(
    ("kind", "driver", "executor"), [("Scala", 384, 409), ("Python", 819, 1638), ("R", 819, 1638)]
)
def test_memory_is_requested_with_its_overhead(
    make: Make, kind: str, driver: int, executor: int
) -> None:
    outcome = make(application(kind))
    assert outcome.problems == []
    assert outcome.counts == {"x-driver": 1, "x-exec": 3}
    assert outcome.requests("x-driver") == {"cpu": 1000, "memory": 2048 + driver}
    assert outcome.requests("x-exec") == {"cpu": 2000, "memory": 4096 + executor}


def test_an_overhead_and_a_core_request_of_ones_own_count(make: Make) -> None:
    spec = """
    memoryOverheadFactor: "0.5"
    driver: {coreRequest: 250m, memory: 1024m, memoryOverhead: 100m}
    executor: {memory: "2048", gpu: {name: nvidia.com/gpu, quantity: 1}}
    """
    outcome = make((V, "SparkApplication", spec))
    assert outcome.requests("x-driver") == {"cpu": 250, "memory": 1124}
    assert outcome.requests("x-exec") == {"cpu": 1000, "memory": 2048 + 1024}
    assert dict(outcome.pods("x-exec")[0].template.requests)["nvidia.com/gpu"] == 1


def test_what_only_spark_conf_says_counts(make: Make) -> None:
    spec = """
    sparkConf: {spark.executor.instances: "4", spark.executor.cores: "3",
                spark.executor.memory: 1g, spark.executor.pyspark.memory: 512m}
    driver: {}
    executor: {}
    """
    outcome = make((V, "SparkApplication", spec))
    assert outcome.counts == {"x-driver": 1, "x-exec": 4}
    assert outcome.requests("x-exec") == {"cpu": 3000, "memory": 1024 + 384 + 512}


@pytest.mark.parametrize(("choice", "executors"), [("min", 1), ("current", 4), ("max", 20)])
def test_dynamic_allocation_has_its_bounds(make: Make, choice: str, executors: int) -> None:
    more = (
        "dynamicAllocation: {enabled: true, initialExecutors: 4, minExecutors: 1, maxExecutors: 20}"
    )
    outcome = make(application(more=more), autoscaler_choice=choice)
    assert outcome.counts["x-exec"] == executors


def test_driver_and_executor_have_their_own_placement(make: Make) -> None:
    spec = """
    nodeSelector: {pool: batch}
    driver: {nodeSelector: {disk: ssd}}
    executor: {tolerations: [{key: spot, operator: Exists}], sidecars: [{name: s,
               resources: {requests: {cpu: 1}}}]}
    """
    outcome = make((V, "SparkApplication", spec))
    assert outcome.pods("x-driver")[0].template.node_selector == (
        ("disk", "ssd"),
        ("pool", "batch"),
    )
    assert [t.key for t in outcome.pods("x-exec")[0].template.tolerations] == ["spot"]
    assert outcome.requests("x-exec")["cpu"] == 2000


def test_an_application_that_has_ended_has_no_pods(make: Make) -> None:
    outcome = make(
        f"{{apiVersion: {V}, kind: SparkApplication, metadata: {{name: x}}, "
        "spec: {driver: {}, executor: {}}, status: {applicationState: {state: COMPLETED}}}"
    )
    assert outcome.cluster.pods == ()


def test_a_scheduled_application_is_planned_for_one_run(make: Make) -> None:
    spec = "{schedule: '@daily', template: {driver: {}, executor: {instances: 2}}}"
    outcome = make((V, "ScheduledSparkApplication", spec))
    assert outcome.counts == {"x-driver": 1, "x-exec": 2}
    assert any("one run at a time" in note for note in outcome.cluster.assumptions)
    suspended = (V, "ScheduledSparkApplication", spec.replace("{sch", "{suspend: true, sch", 1))
    assert make(suspended).cluster.pods == ()


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ("{driver: {memory: 2Gi}, executor: {}}", "spec.driver.memory"),
        ("{driver: {}, executor: {memory: lots}}", "spec.executor.memory"),
        ("{driver: {}, executor: {}, memoryOverheadFactor: much}", "spec.memoryOverheadFactor"),
        ("{driver: {}, executor: {}, sparkConf: {spark.executor.instances: two}}",
         "spec.sparkConf.spark.executor.instances"),
        ("{driver: {coreRequest: many}, executor: {}}", "spec.driver.requests.cpu"),
        ("{driver: [], executor: {}}", "spec.driver"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_field(make: Make, spec: str, field: str) -> None:
    problem = make((V, "SparkApplication", spec)).problems[0]
    assert problem.subject == "SparkApplication x"
    assert problem.field == field
    assert problem.hint
