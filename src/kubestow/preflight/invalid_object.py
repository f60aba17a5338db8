"""An object of the input that could not be read: the API server would refuse it as well."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "invalid-object",
    "error",
    "An object is not valid, and is judged no further",
    KUBERNETES + "concepts/overview/working-with-objects/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Pass on what reading found."""
    for item in context.setup.unreadable:
        yield RULE.found(item.subject, item.field, item.message, item.hint)
