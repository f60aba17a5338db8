"""From a plan to an option: what it runs and what it cannot."""

from kubestow.compute import auto_mode, managed_node_group
from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_option import option_of
from kubestow.model.nodepool import Launcher
from kubestow.model.option import Operation, OptionDescription
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.testing import nodepool, pod, replicas, snapshot

ANY = OptionDescription("any", "Any", Operation("", "", ""), ("a note",))


def test_every_pod_is_run_or_named_with_the_field_that_bars_it() -> None:
    pods = (*replicas(3, "web", "1"), pod("lost", node_selector=(("team", "none"),)))
    case = ComparisonCase(snapshot(pods))
    planned = case.planned(pools_of(case.snapshot.cluster))
    option = option_of(case, ANY, planned, stranded=None)
    assert option.pods == 3
    (barred,) = option.cannot_run
    assert barred.pods == ("default/lost",)
    assert "spec.nodeSelector" in barred.field
    assert option.description.notes[0] == "a note"
    assert option.plans == (planned,)


def test_what_other_nodes_than_auto_modes_would_run_too_is_said() -> None:
    pool = nodepool("auto", launched_by=Launcher.AUTO_MODE)
    case = ComparisonCase(snapshot(replicas(1, "web"), nodepools=(pool,)), rehearses=False)
    noted = {
        made.description.id: any("aws-node and kube-proxy" in n for n in made.description.notes)
        for made in (managed_node_group.option(case), auto_mode.option(case))
    }
    assert noted == {"managed-node-groups": True, "auto-mode": False}
