"""Deep JSON is told from long JSON, whatever is in its strings."""

import pytest

from kubestow.adapters.depth import DEPTH_MAX, is_deep


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("json", "expected"),
    [
        (b"", False),
        (nested(DEPTH_MAX), False),
        (nested(DEPTH_MAX + 1), True),
        (b'{"a":' * (DEPTH_MAX + 1), True),
        (b"[" + b"[],{}," * 100_000 + b"1]", False),
        (b'["' + b"[" * 10_000 + b'"]', False),
        (b'["\\"' + b"[{" * 10_000 + b'"]', False),
        (b'"' + b"a" * 1_000_000, False),
        (b'[""' + b" " * 5_000 + nested(DEPTH_MAX + 1), True),
    ],
)
def test_only_what_is_nested_deeply_is_deep(json: bytes, expected: bool) -> None:
    assert is_deep(json) is expected
