"""The list of all checks, as Markdown, written from their registry."""

from kubestow.preflight.run import CHECKS
from reference import markdown


def reference() -> str:
    """Return a table of the checks, in the order they run in."""
    rows = [
        [f"`{rule.id}`", rule.severity, f"[{markdown.escaped(rule.title)}]({rule.documentation})"]
        for rule in (check.RULE for check in CHECKS)
    ]
    return "\n".join(markdown.table(["Check", "Severity", "Finding"], rows))
