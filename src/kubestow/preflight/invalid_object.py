"""An object of the input that is invalid: the API server would reject it too."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "invalid-object",
    "error",
    "An object is invalid and was not checked further",
    KUBERNETES + "concepts/overview/working-with-objects/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Report the errors found while reading."""
    for item in context.setup.unreadable:
        yield RULE.finding(item.subject, item.field, item.message, item.hint)
