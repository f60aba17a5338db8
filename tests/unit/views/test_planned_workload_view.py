"""The workloads of planned pods: each with its own, and none for pods that nobody owns."""

from kubestow.testing import owned, pod, snapshot
from kubestow.views.planned_workload_view import planned_workload_views

from .plans import plan, planned


def test_pods_are_listed_by_the_workload_that_they_are_of() -> None:
    pods = (
        owned(pod("web-0"), "web"),
        owned(pod("web-1"), "web"),
        owned(pod("db-0"), "db", "StatefulSet"),
        owned(pod("left-0"), "left"),
        pod("alone"),
    )
    keys = [item.key for item in pods if item.name != "left-0"]
    views = planned_workload_views(plan(planned("a", keys)), snapshot(pods))
    space = pods[0].namespace
    assert [(view.kind, view.namespace, view.name, view.pods) for view in views] == [
        ("Deployment", space, "web", ("web-0", "web-1")),
        ("StatefulSet", space, "db", ("db-0",)),
    ]
