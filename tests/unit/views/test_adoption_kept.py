"""Groups that stay: one hand stops before the other acts, and nothing on nodes keeps pods away."""

from tests.unit.adoption.clusters import deployment
from tests.unit.live.objects import node, pod

from kubestow.live import marks
from kubestow.model.adoption import REPLICAS_BEFORE
from kubestow.views.adoption_view import AdoptionView

from .adoptions import commands, from_autoscaler, view


def back(**more: object) -> AdoptionView:
    args = ("run", "--mode", "act", "--node-group", "workers", "--node-group", "batch")
    notes = {REPLICAS_BEFORE: "3"}
    items = [
        node("w-1"), node("system-1", group="system"), pod("web-1", "w-1"),
        deployment("cluster-autoscaler", replicas=0, annotations=notes),
        deployment("kubestow-controller", "kubestow", args=args),
    ]  # fmt: skip
    return view(items, back=True, **more)


def test_the_dry_run_has_the_groups_and_cluster_autoscaler_stops_before_kubestow_acts() -> None:
    found = from_autoscaler(keep_groups=True)
    assert (found.ready, found.keeps_groups, found.moving) == (True, True, ())
    assert found.kept_groups == ("system", "workers")
    assert found.cost.after == found.cost.before
    done = commands(found)
    index = [
        next(i for i, c in enumerate(done) if text in c)
        for text in ("'controller.nodeGroups={system,workers}'",
                     "deployment/cluster-autoscaler --replicas=0", "controller.mode=act",
                     "--set controller.limits.evictionsPerHour=")
    ]  # fmt: skip
    assert index == sorted(index)
    assert "evictionsPerHour=0" in done[index[2]]
    assert not any(word in c for c in done for word in ("drain", "cordon", "aws eks update"))


def test_the_group_of_keep_is_left_out_and_kubestow_runs_on_it() -> None:
    found = from_autoscaler(keep_groups=True, keep="system")
    assert (found.kept_groups, found.home) == (("workers",), ("system-1",))
    assert any("controller.nodeSelector" in c and "={workers}" in c for c in commands(found))


def test_the_way_back_opens_nodes_after_kubestow_and_before_cluster_autoscaler() -> None:
    found = back()
    assert (found.keeps_groups, found.kept_groups) == (True, ("workers", "batch"))
    assert (found.of, found.to, found.moving) == ("kubestow", "Cluster Autoscaler", ())
    done = commands(found)
    index = [
        next(i for i, c in enumerate(done) if text in c)
        for text in ("kubestow-controller --replicas=0", "xargs -r kubectl uncordon",
                     "kubestow.dev/leaving-",
                     "kubectl annotate nodes -l eks.amazonaws.com/nodegroup",
                     "cluster-autoscaler --replicas=3", "helm uninstall")
    ]  # fmt: skip
    assert index == sorted(index)
    assert commands(back(keep_groups=True)) == done


def test_every_mark_of_kubestow_is_taken_off() -> None:
    (command,) = [c for c in commands(back()) if "annotate nodes" in c]
    every = {
        marks.OPEN_SINCE, marks.DISRUPTED, marks.CORDONED, marks.LEAVING, marks.FORCED,
        marks.ENDS_AT, marks.NOTICE_AT, marks.REBALANCE_AT, marks.SCHEDULED_AT,
    }  # fmt: skip
    assert {word.removesuffix("-") for word in command.split() if "kubestow.dev" in word} == every
    assert any(f"label nodes -l {marks.EXCLUDED}=" in c for c in commands(back()))
