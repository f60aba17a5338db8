"""What a certificate proves, for people.

Law: text only, from the document only, which is that of 'kubestow verify-bound -o json'.
"""

from collections.abc import Iterator

from kubestow.report.plan_json import Document
from kubestow.report.table import Screen, heading, render

_FAILURES_SHOWN = 10
_SHOWN_BY = {
    "prices": "by prices of resources",
    "grid": "by a dynamic program over cells",
    "dominance": "by a larger one that is no dearer",
    "nothing fits": "because no valued pod fits",
}


def render_verdict(document: Document, screen: Screen) -> str:
    """Render the verdict on a certificate."""
    what = "proves" if document["proven"] else "does not prove"
    claimed = f"{document['claimedUsdPerHour']:.4f} USD/h"
    title = f"{document['region']}: the certificate {what} a minimum of {claimed}"
    lines = [heading(title), *_numbers(document), *_failures(document)]
    return render(lines, screen)


def _numbers(document: Document) -> Iterator[str]:
    if not document["offerings"]:
        return
    yield f"  proven     {document['provenUsdPerHour']:.4f} USD/h for {document['pods']:,} pods"
    shown = ", ".join(f"{n:,} {_SHOWN_BY[how]}" for how, n in document["shown"].items())
    yield f"  offerings  {document['offerings']:,}: {shown or 'none shown'}"
    if document["existingNodes"]:
        yield f"  existing   {document['existingNodes']:,} nodes, and what they can take at most"


def _failures(document: Document) -> Iterator[str]:
    failures = document["failures"]
    if failures:
        yield ""
    for item in failures[:_FAILURES_SHOWN]:
        yield f"  {item['rule']} {item['subject']}: {item['detail']}"
    if len(failures) > _FAILURES_SHOWN:
        yield f"  and {len(failures) - _FAILURES_SHOWN:,} more: -o json lists all"
