"""User data in parts: read, written, and read back by the standard library."""

from email import message_from_string

import pytest

from kubestow.adapters.aws.mime_parts import (
    NODE_CONFIG,
    SHELL_SCRIPT,
    UserDataPart,
    is_mime,
    mime_document,
    parts_of,
)
from kubestow.model.input_error import InputError

SCRIPT = UserDataPart.of(SHELL_SCRIPT, "#!/bin/bash\nFrom here\necho ü\n")
CONFIG = UserDataPart.of(NODE_CONFIG, "kind: NodeConfig")


def test_parts_are_read_back_as_they_were_written() -> None:
    text = mime_document([SCRIPT, CONFIG])
    assert is_mime(text)
    assert parts_of(text, "it") == [SCRIPT, CONFIG]
    assert parts_of(text.replace("\n", "\r\n"), "it") == [SCRIPT, CONFIG]
    message = message_from_string(text)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "text/x-shellscript", "application/node.eks.aws",
    ]  # fmt: skip


def test_headers_of_a_part_are_kept() -> None:
    text = (
        'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n'
        "--B\nContent-Type: text/cloud-config\nContent-Transfer-Encoding: base64\n"
        "MERGE-TYPE: list(append)\n\nYQ==\n--B--\n"
    )
    (part,) = parts_of(text, "it")
    assert part.headers == (
        ("Content-Type", "text/cloud-config"),
        ("Content-Transfer-Encoding", "base64"),
        ("MERGE-TYPE", "list(append)"),
    )
    assert part.content == "YQ=="
    assert parts_of(mime_document([part]), "it") == [part]


def test_a_part_that_has_parts_stays_whole() -> None:
    inner = UserDataPart.of('multipart/mixed; boundary="I"', "--I\n\nFrom a\n--I\n\nb\n--I--\n")
    (part,) = parts_of(mime_document([inner]), "it")
    assert message_from_string(
        f"Content-Type: {part.headers[0][1]}\n\n{part.content}"
    ).is_multipart()
    assert "\nFrom a\n" in part.content


def test_the_boundary_begins_no_line_of_a_part() -> None:
    part = UserDataPart.of(SHELL_SCRIPT, "--// is the usual one\n--//1 is taken, too")
    assert parts_of(mime_document([part, CONFIG]), "it") == [part, CONFIG]


@pytest.mark.parametrize(
    "text",
    [
        "MIME-Version: 1.0\nContent-Type: text/plain\n\nx",
        "Content-Type: multipart/mixed\n\n--B\n\nx\n--B--\n",
        'Content-Type: multipart/mixed; boundary="B"\n\nno part\n',
    ],
)
def test_what_is_not_in_parts_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(InputError, match=r"spec\.userData is not a complete MIME") as refusal:
        parts_of(text, "spec.userData")
    assert "boundary" in refusal.value.hint
