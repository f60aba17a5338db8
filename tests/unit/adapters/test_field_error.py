"""FieldError: what the reader that catches it needs for a message."""

import pytest

from kubestow.adapters.field_error import FieldError


def test_it_carries_field_message_and_hint_and_prints_the_message() -> None:
    with pytest.raises(FieldError, match=r"^is empty$") as raised:
        raise FieldError("spec.containers", "is empty", "add a container")
    error = raised.value
    assert (error.field, error.message, error.hint) == (
        "spec.containers", "is empty", "add a container",
    )  # fmt: skip
