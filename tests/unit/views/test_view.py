"""A view's JSON: fields in order, in camel case; what is unset is absent, what is None is null."""

from msgspec import UNSET, UnsetType

from kubestow.views.view import View, encode


class ThingView(View, frozen=True, kw_only=True):
    """A thing."""

    first_name: str | UnsetType = UNSET
    last_name: str | None
    parts: tuple[int, ...] = ()


def test_none_is_null_and_unset_is_absent() -> None:
    assert encode(ThingView(last_name=None)) == '{\n  "lastName": null,\n  "parts": []\n}\n'


def test_text_is_written_as_it_is() -> None:
    assert '"firstName": "서울"' in encode(ThingView(first_name="서울", last_name="x"))
