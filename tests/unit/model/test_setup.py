import pytest

from kubestow.model.finding import Subject
from kubestow.model.setup import CheckedWorkload
from kubestow.testing import pod


@pytest.mark.parametrize(
    ("kind", "lasts", "is_daemonset"),
    [
        ("Deployment", True, False),
        ("StatefulSet", True, False),
        ("ReplicaSet", True, False),
        ("ReplicationController", True, False),
        ("DaemonSet", False, True),
        ("Job", False, False),
        ("CronJob", False, False),
        ("Pod", False, False),
    ],
)
def test_replicas_of_a_controller_that_keeps_their_number_run_for_ever(
    kind: str, lasts: bool, is_daemonset: bool
) -> None:
    workload = CheckedWorkload(Subject(kind, "web", "shop"), 2, pod("web").template)
    assert (workload.lasts, workload.is_daemonset) == (lasts, is_daemonset)
