"""A change-over as text and as Markdown: everything that a person follows is there."""

from tests.unit.views.adoptions import from_autoscaler, from_karpenter

from kubestow.report.adoption_markdown import adoption_markdown
from kubestow.report.adoption_text import numbered, render_adoption
from kubestow.report.table import Screen
from kubestow.views.adoption_commands import AdoptionStepView


def test_text_has_managers_costs_and_steps() -> None:
    text = render_adoption(from_karpenter(), Screen())
    assert "2 nodes from Karpenter to kubestow: nothing stops the change-over" in text
    assert "before  0.7680 USD/h" in text
    assert "stop: stop Karpenter" in text
    assert "kubectl drain k-1" in text
    assert "-o markdown" in text


def test_groups_that_stay_are_told_with_who_scales_them() -> None:
    found = from_autoscaler(keep_groups=True, keep="system")
    for text in (render_adoption(found, Screen()), adoption_markdown(found)):
        assert "1 node group from Cluster Autoscaler to kubestow" in text
        assert "stays, scaled by kubestow" in text
        assert "so does every pod" in text
        assert "not planned" not in text


def test_findings_come_with_what_is_expected_and_a_hint() -> None:
    text = render_adoption(from_autoscaler(), Screen(100))
    assert "1 error to be mended first" in text
    assert "[nodepool-missing]" in text
    assert "hint: '-o nodepools'" in text


def test_of_many_steps_that_move_pods_the_first_are_shown_with_their_numbers() -> None:
    steps = [AdoptionStepView(p, "t", "", (), "e", "b") for p in ("act", *["move"] * 9, "end")]
    assert [number for number, _ in numbered(steps)] == [1, 2, 3, 4, 5, 6, 7, 11]


def test_markdown_has_every_step_and_the_nodepools() -> None:
    found = from_autoscaler()
    text = adoption_markdown(found)
    assert text.count("- back: ") == len(found.runbook)
    assert "```yaml\n# Made by kubestow adopt" in text
    assert text.count("```") % 2 == 0
