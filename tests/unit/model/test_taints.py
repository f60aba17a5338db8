import pytest

from kubestow.model.taints import (
    DAEMONSET_TOLERATIONS,
    UNSCHEDULABLE_TAINT,
    Taint,
    Toleration,
    first_untolerated,
)

GPU = Taint("gpu", "yes", "NoSchedule")


@pytest.mark.parametrize(
    ("toleration", "tolerates"),
    [
        (Toleration("gpu", "Equal", "yes", "NoSchedule"), True),
        (Toleration("gpu", "Equal", "yes"), True),
        (Toleration("gpu", "", "yes"), True),
        (Toleration("gpu", "Equal", "no"), False),
        (Toleration("gpu", "Equal", ""), False),
        (Toleration("gpu", "Exists"), True),
        (Toleration("gpu", "Exists", "", "NoExecute"), False),
        (Toleration("", "Exists"), True),
        (Toleration("", "Exists", "", "NoExecute"), False),
        (Toleration("other", "Exists"), False),
        (Toleration("gpu", "Gt", "yes"), False),
    ],
)
def test_a_toleration_covers_a_taint_by_key_value_and_effect(
    toleration: Toleration, tolerates: bool
) -> None:
    assert toleration.tolerates(GPU) is tolerates


def test_the_first_blocking_taint_that_nothing_covers_is_found() -> None:
    soft = Taint("soft", "", "PreferNoSchedule")
    evict = Taint("evict", "", "NoExecute")
    assert first_untolerated([soft, GPU, evict], []) == GPU
    assert first_untolerated([soft, GPU, evict], [Toleration("gpu", "Exists")]) == evict
    assert first_untolerated([soft, GPU, evict], [Toleration("", "Exists")]) is None


def test_daemonset_pods_go_on_cordoned_nodes() -> None:
    assert first_untolerated([UNSCHEDULABLE_TAINT], DAEMONSET_TOLERATIONS) is None
    assert first_untolerated([GPU], DAEMONSET_TOLERATIONS) == GPU


def test_a_taint_is_written_as_kubectl_writes_it() -> None:
    assert GPU.describe() == "gpu=yes:NoSchedule"
    assert Taint("gpu", "", "NoExecute").describe() == "gpu:NoExecute"
