"""What keeps replicas apart."""

import yaml

from kubestow.model import labels as names
from kubestow.model.pod import Preferences
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.preflight.spreading import constraint, kept_apart, must_be_apart, must_be_together
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
    assert list(kept_apart(item)) == ["hard", "host", "soft", "term"]
    assert list(must_be_apart(item)) == ["hard", "host"]
    assert list(kept_apart(workload())) == []


def test_the_constraint_to_add_selects_the_labels_that_last() -> None:
    item = workload(labels={"app": "web", "pod-template-hash": "abc"})
    assert constraint(item, "zone", "DoNotSchedule") == (
        "add topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: "
        "DoNotSchedule, labelSelector: {matchLabels: {app: web}}}]"
    )


def test_the_constraint_to_add_selects_what_the_workload_selects_quoted_as_yaml_needs() -> None:
    labels = {"app": "web", "version": "1.27", "on": "true"}
    own = LabelSelector((
        SelectorRequirement("app", "In", ("web",)), SelectorRequirement("on", "In", ("true",)),
        SelectorRequirement("tier", "In", ("1", "front")), SelectorRequirement("x", "Exists"),
    ))  # fmt: skip
    text = constraint(workload(labels=labels, selector=own), "zone", "ScheduleAnyway")
    assert text.endswith(
        'labelSelector: {matchLabels: {app: web, "on": "true"}, matchExpressions: '
        '[{key: tier, operator: In, values: ["1", front]}, {key: x, operator: Exists}]}}]'
    )


def test_the_constraint_to_add_reads_back_as_the_labels_it_was_made_of() -> None:
    labels = {"a": "1", "b": "1e3", "c": "yes", "d": "", "e": "2024-01-02", "f": "0x1F", "g": "v1"}
    text = constraint(workload(labels=labels), "zone", "DoNotSchedule").removeprefix("add ")
    (added,) = yaml.safe_load(text)["topologySpreadConstraints"]
    assert added["labelSelector"] == {"matchLabels": labels}


def test_pods_without_labels_are_given_one_first() -> None:
    assert constraint(workload(labels={}), "zone", "DoNotSchedule").startswith("give its pods a")


def test_pods_are_kept_together_by_required_affinity_over_nodes() -> None:
    assert must_be_together(workload(affinity=(affinity_term(names.HOSTNAME, app="web"),)))
    assert not must_be_together(workload(affinity=(affinity_term(names.HOSTNAME, app="db"),)))
    assert not must_be_together(workload(affinity=(affinity_term(names.ZONE, app="web"),)))
