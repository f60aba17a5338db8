import pytest

from kubestow.model.headroom import is_headroom


@pytest.mark.parametrize(
    ("pod", "answer"),
    [
        ("kubestow-headroom/web-0", True),
        ("kubestow-headroom-2/web-0", False),
        ("default/kubestow-headroom", False),
        ("default/web-0", False),
    ],
)
def test_a_placeholder_is_recognised_by_its_namespace(pod: str, answer: bool) -> None:
    assert is_headroom(pod) is answer
