"""A change-over's runbook as a Markdown file, whole: to be kept, ticked off and gone back in."""

from collections.abc import Iterator

from kubestow.report.adoption_text import fate_of, title_of
from kubestow.report.offered_pools_yaml import offered_pools_yaml
from kubestow.views.adoption_commands import AdoptionStepView
from kubestow.views.adoption_view import AdoptionView


def adoption_markdown(adoption: AdoptionView) -> str:
    """Return the runbook as Markdown."""
    return "\n".join(_lines(adoption)) + "\n"


def _lines(adoption: AdoptionView) -> Iterator[str]:
    yield f"# {adoption.eks_cluster}: from {adoption.of} to {adoption.to}"
    yield ""
    yield f"{title_of(adoption)}."
    yield ""
    yield "| manager | group | nodes | pods | USD/h | |"
    yield "|---|---|---:|---:|---:|---|"
    for row in adoption.managers:
        group = f"{row.group_kind} {row.group}".strip() or "-"
        yield (
            f"| {row.manager} | {_cell(group)} | {len(row.nodes)} | {row.pods} | "
            f"{row.usd_per_hour:.4f} | {fate_of(adoption, row)} |"
        )
    after = adoption.cost.after
    yield ""
    unknown = "not known" if adoption.waves else "not planned"
    planned = unknown if after is None else f"{after:.4f} USD/h"
    if adoption.keeps_groups:
        yield f"The nodes stay, at {adoption.cost.before:.4f} USD/h, and so does every pod."
    else:
        yield f"Before {adoption.cost.before:.4f} USD/h, after {planned}."
    if adoption.findings:
        yield from ("", "## Findings", "")
        for item in adoption.findings:
            path = "/".join(part for part in (item.object.namespace, item.object.name) if part)
            yield (
                f"- **{item.severity}** {item.title} (`{item.check}`), {item.object.kind} "
                f"`{path}` {item.field}: {item.reason}. Hint: {item.fix}"
            )
    yield from ("", "## Runbook")
    for number, step in enumerate(adoption.runbook, 1):
        yield from _step(number, step)
    if adoption.offered:
        yield from ("", "## NodePools", "", "```yaml")
        yield offered_pools_yaml(adoption).rstrip()
        yield "```"


def _step(number: int, step: AdoptionStepView) -> Iterator[str]:
    yield from ("", f"### {number}. {step.phase}: {step.title}", "")
    if step.does:
        yield from (step.does, "")
    if step.commands:
        yield "```sh"
        yield from step.commands
        yield from ("```", "")
    if step.fill_in:
        yield from (f"Fill in: {', '.join(step.fill_in)}.", "")
    yield f"- [ ] expect: {step.expect}"
    yield f"- back: {step.back}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
