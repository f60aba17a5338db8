"""What keeps replicas apart."""

from kubestow.model.pod import Preferences
from kubestow.preflight.spreading import constraint, kept_apart
from kubestow.testing import affinity_term, spread

from .builders import workload


def test_hard_and_soft_constraints_over_its_own_pods_count() -> None:
    soft = Preferences(
        spread=(spread("soft", app="web"),), anti_affinity=((1, affinity_term("term", app="web")),)
    )
    item = workload(
        spread=(spread("hard", app="web"), spread("other", app="db")),
        anti_affinity=(affinity_term("host", app="web"),),
        preferences=soft,
    )
    assert list(kept_apart(item)) == ["hard", "soft", "host", "term"]
    assert list(kept_apart(workload())) == []


def test_the_constraint_to_add_selects_the_labels_that_last() -> None:
    item = workload(labels={"app": "web", "pod-template-hash": "abc"})
    assert constraint(item, "zone", "DoNotSchedule") == (
        "add topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: "
        "DoNotSchedule, labelSelector: {matchLabels: {app: web}}}]"
    )
