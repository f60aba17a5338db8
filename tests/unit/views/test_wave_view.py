"""Waves: numbered from one, with the node each pod came to."""

from kubestow.views.wave_view import wave_views

from .migrations import migration


def test_waves_are_numbered_and_pods_have_the_node_they_came_to() -> None:
    first, second = wave_views(migration())
    assert (first.number, second.number) == (1, 2)
    assert [(pod.pod, pod.lands_on) for pod in first.pods] == [
        ("shop/web-0", "new-1"), ("shop/db-0", None), ("shop/cache-0", None),
    ]  # fmt: skip
    assert [(w.name, w.means, w.autoscaler) for w in first.workloads] == [
        ("web", "RollingRestart", ""), ("db", "ScaleUp", "db"),
    ]  # fmt: skip
    assert (first.pods[1].budgets, first.pods[1].grace_seconds) == (("shop/db",), 30)
