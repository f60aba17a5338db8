"""The text of the documents that are not views yet."""

import json
from typing import Any


def encode(document: dict[str, Any]) -> str:
    """Return the document as text."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
