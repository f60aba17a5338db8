"""The text of the documents that are not views yet."""

import json

from kubestow.report.catalog_json import Document


def encode(document: Document) -> str:
    """Return the document as text."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
