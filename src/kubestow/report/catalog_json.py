"""The untyped document of the answers that are not views yet."""

from typing import Any

API_VERSION = "kubestow.dev/v1alpha1"
Document = dict[str, Any]
