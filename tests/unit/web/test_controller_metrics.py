"""What a controller did, and how it stands, as Prometheus reads it."""

from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from kubestow.live.witness import DRAIN, EVICT, LAUNCH, NODE, NODE_POOL, POD, Deed, SeenTurn
from kubestow.model.decision import Decision, Drain, Open
from kubestow.model.instance_type import NANO_USD
from kubestow.model.nodeclaim import Phase
from kubestow.testing import nodeclaim, pod, snapshot
from kubestow.web.controller_metrics import ControllerMetrics, Standing


def read(metrics: ControllerMetrics) -> dict[str, float]:
    """Return samples by name and labels."""
    return {
        " ".join([sample.name.removeprefix("kubestow_controller_"), *sample.labels.values()]):
        sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
        if sample.name.startswith("kubestow_controller_")
    }  # fmt: skip


def made(*, leads: bool = True) -> ControllerMetrics:
    return ControllerMetrics(lambda: Standing(leads, False, 1.5, 2.5))


def test_deeds_are_counted_by_their_reason_and_refusals_by_theirs() -> None:
    metrics = made()
    for deed in (
        Deed(LAUNCH, "Instance", "i-1", "Provisioning"),
        Deed("end", "Instance", "i-1", "Empty"),
        Deed(EVICT, POD, "default/a", "Drifted"),
        Deed("delete", POD, "default/b", "Drifted"),
        Deed("land", POD, "default/b"),
        Deed(LAUNCH, NODE_POOL, "pool", result="UnauthorizedOperation"),
        Deed(EVICT, POD, "default/c", "Drifted", result="refused"),
        Deed(DRAIN, NODE, "a", "Empty", result="held back by a limit"),
    ):
        metrics.did(deed)
    found = read(metrics)
    assert found["launches_total Provisioning"] == 1
    assert found["terminations_total Empty"] == 1
    assert found["evictions_total Drifted"] == 2
    assert found["refusals_total launch UnauthorizedOperation"] == 1
    assert found["refusals_total evict refused"] == 1
    assert found["refusals_total drain held back by a limit"] == 1


def test_the_last_turn_tells_of_nodes_their_cost_and_pods_that_wait() -> None:
    claims = (
        replace(nodeclaim("a", phase=Phase.READY), nano_usd_per_hour=NANO_USD),
        replace(nodeclaim("b", phase=Phase.HELD), nano_usd_per_hour=NANO_USD // 2),
        replace(nodeclaim("theirs", phase=Phase.READY), nodepool=""),
    )
    seen = replace(snapshot([pod("waits"), pod("runs").on("a")]), nodeclaims=claims)
    metrics = made()
    decision = Decision((Drain("a", "Empty"), Open("b", ""), Open("c", "")))
    metrics.turned(SeenTurn(seen, decision, 0.2, 3.0, 0.1))
    found = read(metrics)
    assert (found["nodes Ready"], found["nodes Held"], found["nodes Draining"]) == (1, 1, 0)
    assert found["cost_usd_per_hour"] == 1.5
    assert found["pods_pending"] == 1
    assert (found["turns_total"], found["turn_seconds_sum decide"]) == (1, 3.0)
    assert (found["decisions_total Drain"], found["decisions_total Open"]) == (1, 2)


def test_how_it_stands_is_told_always_and_what_it_saw_by_the_leader_alone() -> None:
    metrics = made(leads=False)
    metrics.turned(SeenTurn(snapshot(), Decision(), 0.0, 0.0, 0.0))
    found = read(metrics)
    assert (found["leader"], found["halted"]) == (0, 0)
    assert (found["idle_seconds"], found["observation_lag_seconds"]) == (1.5, 2.5)
    assert "cost_usd_per_hour" not in found


def test_one_that_leads_anew_tells_nothing_of_its_last_lead() -> None:
    metrics = made()
    metrics.turned(SeenTurn(snapshot(), Decision(), 0.0, 0.0, 0.0))
    assert "cost_usd_per_hour" in read(metrics)
    metrics.forget_turn()
    found = read(metrics)
    assert (found["leader"], found["turns_total"]) == (1, 1)
    assert "cost_usd_per_hour" not in found
