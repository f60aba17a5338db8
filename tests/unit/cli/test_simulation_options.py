"""What is simulated, from options: words, numbers and workloads."""

from pathlib import Path

import pytest

from kubestow.cli.simulation_options import (
    FAULT_SETS,
    POLICIES,
    SHAPES,
    SimulationOptions,
    check_simulation,
    is_trace,
    job_of,
    policies_of,
    read_simulation,
    spot_prices_of,
)
from kubestow.model.eviction_prices import EvictionPrices
from kubestow.model.input_error import InputError
from kubestow.model.simulated import TracePod
from kubestow.model.spot_prices import STANDING, SYNTHETIC, VOLATILITY, SpotPrices
from kubestow.policies import registry
from kubestow.simulation import scenario, shapes
from kubestow.testing import GENERAL, catalog, snapshot

from .inputs import DEPLOYMENT

SMALL = catalog(*GENERAL)
TRACE = "arrival_seconds,duration_seconds,cpu_milli,memory_mib\n0,60,500,128\n86400,60,500,128\n"


def test_the_words_of_the_options_are_those_that_a_simulation_has() -> None:
    assert set(POLICIES) == set(registry.POLICIES)
    assert set(SHAPES) == set(shapes.SHAPES)
    assert set(FAULT_SETS) == set(scenario.FAULTS)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("optimal", ["optimal"]),
        (" karpenter , optimal ", ["karpenter", "optimal"]),
        ("optimal,optimal,", ["optimal"]),
    ],
)
def test_policies_are_run_once_each_in_the_order_they_are_given(
    text: str, names: list[str]
) -> None:
    assert policies_of(text) == names


def test_prices_of_evictions_are_part_of_the_job() -> None:
    options = SimulationOptions(
        workload=["generated:10"], eviction_cost=["0.01", "system-node-critical=1"]
    )
    job = job_of(options, snapshot(catalog_of=SMALL), "optimal")
    assert job.eviction_prices == EvictionPrices(10_000_000, ((2_000_001_000, 10**9),))
    plain = job_of(SimulationOptions(workload=["generated:10"]), snapshot(), "optimal")
    assert plain.eviction_prices == EvictionPrices()


@pytest.mark.parametrize("text", ["", ",", "karpentr"])
def test_a_policy_that_there_is_not_is_a_mistake_of_that_option(text: str) -> None:
    with pytest.raises(InputError, match="--baseline"):
        policies_of(text, "--baseline")


@pytest.mark.parametrize(
    ("days", "step", "seed", "is_fine"),
    [
        (0.5, 900, 0, True),
        (366, 86_400, 7, True),
        (0, 900, 0, False),
        (367, 900, 0, False),
        (float("nan"), 900, 0, False),
        (1, 0, 0, False),
        (1, 86_401, 0, False),
        (1, 900, -1, False),
    ],
)
def test_numbers_that_no_simulation_can_have_are_mistakes(
    days: float, step: int, seed: int, is_fine: bool
) -> None:
    if is_fine:
        check_simulation(days, step, seed)
    else:
        with pytest.raises(InputError):
            check_simulation(days, step, seed)


@pytest.mark.parametrize(
    ("name", "answer"),
    [("pods.csv", True), ("pods.csv.gz", True), ("pods.yaml", False), ("csv", False)],
)
def test_a_trace_is_told_by_its_name(name: str, answer: bool) -> None:
    assert is_trace(name) is answer


@pytest.mark.parametrize(
    ("text", "prices"),
    [
        ("still", STANDING),
        ("synthetic", SpotPrices(SYNTHETIC, VOLATILITY)),
        ("synthetic:0.3", SpotPrices(SYNTHETIC, 0.3)),
    ],
)
def test_spot_prices_move_as_the_word_says(text: str, prices: SpotPrices) -> None:
    assert spot_prices_of(text, SMALL) == prices


@pytest.mark.parametrize("text", ["stil", "synthetic:0", "synthetic:2.1", "synthetic:1.2.3"])
def test_a_word_for_no_movement_of_prices_is_a_mistake(text: str) -> None:
    with pytest.raises(InputError) as error:
        spot_prices_of(text, SMALL)
    assert text in error.value.message
    assert error.value.hint


def test_a_job_has_what_its_options_say() -> None:
    options = SimulationOptions(
        workload=["generated:40"], days=0.5, shape="falling", step=60, faults="all", spot=True,
        node_group_types="m5.large, c5.xlarge,",
    )  # fmt: skip
    job = job_of(options, snapshot(), "karpenter", seed=7)
    assert (job.policy, job.seconds, job.shape, job.step) == ("karpenter", 43_200, "falling", 60)
    assert (job.faults, job.seed, job.spot, job.generated) == ("all", 7, True, 40)
    assert job.node_group_types == ("m5.large", "c5.xlarge")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (SimulationOptions(workload=["generated:0"]), "generated:0"),
        (SimulationOptions(workload=["generated:150001"]), "generated:150001"),
        (SimulationOptions(workload=["web.yaml"], fit_trace=True), "--fit-trace"),
        (SimulationOptions(workload=["web.yaml"], node_group_types="m9.huge"), "'m9.huge'"),
    ],
)
def test_a_job_that_cannot_be_meant_is_a_mistake(options: SimulationOptions, message: str) -> None:
    with pytest.raises(InputError) as error:
        job_of(options, snapshot(), "optimal")
    assert message in error.value.message


def test_a_trace_is_fitted_into_the_days_only_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "pods.csv"
    path.write_text(TRACE)
    for fit, last in ((False, 86_400), (True, 43_200)):
        options = SimulationOptions(workload=[str(path)], days=0.5, fit_trace=fit)
        trace = job_of(options, snapshot(), "optimal").trace
        assert trace[0] == TracePod(0, trace[0].duration_seconds, 500, 128)
        assert trace[-1].arrival_seconds <= last
        assert (trace[-1].arrival_seconds > 43_200) is not fit


def test_manifests_are_read_and_named_and_what_cannot_be_read_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(DEPLOYMENT + "---\napiVersion: v1\nkind: Pod\nmetadata: 3\n")
    options = SimulationOptions(workload=[str(path)], region="ap-northeast-2")
    seen, name, problems = read_simulation(options)
    assert (len(seen.cluster.pods), name, problems) == (3, str(path), 1)
    assert str(path) in capsys.readouterr().err


def test_manifests_without_pods_are_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    with pytest.raises(InputError, match=r"empty\.yaml"):
        read_simulation(SimulationOptions(workload=[str(path)], region="ap-northeast-2"))
