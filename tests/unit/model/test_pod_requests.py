"""What a pod requests of its node: containers, init containers, sidecars, overhead, pod level."""

import pytest

from kubestow.model.pod_requests import InitContainerRequests, PodRequests
from kubestow.model.quantity import parse_quantity


def nano(text: str) -> dict[str, int]:
    pairs = (item.split("=") for item in text.split())
    return {name: parse_quantity(quantity) for name, quantity in pairs}


def cpu_of(containers: list[str], inits: list[str], overhead: str = "", pod_level: str = "") -> int:
    """Containers and inits are cpu quantities; a sidecar's starts with +."""
    requests = PodRequests(
        tuple(nano(f"cpu={c}") for c in containers),
        tuple(
            InitContainerRequests(nano(f"cpu={c.removeprefix('+')}"), c.startswith("+"))
            for c in inits
        ),
        nano(overhead),
        nano(pod_level),
    )
    return dict(requests.effective()).get("cpu", 0)


@pytest.mark.parametrize(
    ("containers", "inits", "millicpu"),
    [
        (["1", "2"], [], 3000),
        (["1"], ["500m"], 1000),
        (["1"], ["3"], 3000),
        (["1"], ["3", "2"], 3000),
        (["1"], ["+500m"], 1500),
        (["1"], ["+500m", "2"], 2500),
        (["1"], ["2", "+500m"], 2000),
        (["1"], ["+500m", "+500m", "2", "+4"], 6000),
        (["1"], ["+500m", "2", "+500m", "2"], 3000),
        ([], ["+1", "+1"], 2000),
        (["0"], [], 0),
    ],
)
def test_a_pod_asks_for_its_peak_over_init_containers_and_sidecars(
    containers: list[str], inits: list[str], millicpu: int
) -> None:
    assert cpu_of(containers, inits) == millicpu


def test_overhead_comes_on_top_of_everything() -> None:
    assert cpu_of(["1"], ["3"], "cpu=250m") == 3250
    assert cpu_of(["1"], [], "cpu=250m", "cpu=2") == 2250


def test_pod_level_requests_win_even_below_the_sum_of_the_containers() -> None:
    assert cpu_of(["1", "1"], ["3"], "", "cpu=500m") == 500


def test_pod_level_requests_of_other_resources_do_not_count() -> None:
    requests = PodRequests((nano("nvidia.com/gpu=1"),), pod_level=nano("nvidia.com/gpu=4 memory=1"))
    assert requests.effective() == (("memory", 1), ("nvidia.com/gpu", 1))


def test_rounding_is_done_on_the_pods_total() -> None:
    assert cpu_of(["0.5m", "0.5m"], []) == 1
    assert cpu_of(["0.6m", "0.6m"], []) == 2
    assert PodRequests((nano("memory=100m"),) * 11).effective() == (("memory", 2),)


def test_resources_the_scheduler_does_not_compare_are_left_out() -> None:
    assert PodRequests((nano("cpu=1 widgets=4 storage=1Gi"),)).effective() == (("cpu", 1000),)
