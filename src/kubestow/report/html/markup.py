"""HTML built from values: everything that is not markup yet is escaped.

No other module turns text into markup. All input reaches a page through ``element``, which escapes
it; control characters, which HTML does not allow, are written out.
"""

import html

from kubestow.model.visible import visible

_VOID = frozenset({"br", "input", "meta"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | None
"""A str is escaped unless it is Html; None is nothing."""


def element(tag: str, *children: Child, **attributes: str | int | bool | None) -> Html:
    """Return an element; ``class_`` is class, ``aria_label`` aria-label, True a bare attribute."""
    parts = [tag]
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        parts.append(name if value is True else f'{name}="{html.escape(visible(str(value)))}"')
    opening = f"<{' '.join(parts)}>"
    if tag in _VOID:
        return Html(opening)
    return Html(f"{opening}{joined(*children)}</{tag}>")


def joined(*children: Child) -> Html:
    """Return the children one after the other."""
    return Html("".join(_text(child) for child in children if child is not None))


def _text(child: str) -> str:
    return child if isinstance(child, Html) else html.escape(visible(child), quote=False)
