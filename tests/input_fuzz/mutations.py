"""How valid content becomes broken: by bytes, by tokens, and by structure."""

import gzip
import json
import re
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import yaml

ODD_TOKENS = (
    "null", "~", ".nan", "-.inf", ".inf", "NaN", "Infinity", "1e999", "1e999999", "-1", "-0", "0",
    "9" * 19, "9" * 400, "9" * 5000, "0x" + "f" * 2000, "1.5", "true", "no", "[]", "{}", '""', "''",
    "2026-01-01", "2026-01-01T00:00:00Z", "!!binary aGk=", "!!binary hi", "!!timestamp 2026-01-01",
    "!!int hi", "!!float hi", "!!set {a, b}", "!!python/name:os.system", "!Ref x", "*nowhere", "&a",
    "<<", "? x", "- - - -", "\t", "\x1b[31m", "\x9b31m", "\x07", "\u202e", "\r", "\n", "\0",
    "\ud800",
    '"\\ud800"', '"\\u0000"', '"\\u001b[2J"', "\ufeff", "\u2028", "{{ .Values.x }}", "'", '"', "`",
    "%", "@", "---", "...", "#", "|", ">", "x" * 3000, "\u00e9" * 200, "1Ei", "-1Gi", "1e309Gi",
    "5000000Ei", "1,5", "1 Gi", "0.0000000001n", "99999999", "2147483648", "9223372036854775808",
)  # fmt: skip
_TOKEN = re.compile(r"[A-Za-z0-9_./-]+|[^\sA-Za-z0-9]")
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 10**120, 1.5, -1.5, 1e300, "", " ", "x",
    "-1",
    "1e9", "NaN", "0.5", "5000000Ei", "1e999", [], {}, [None], [[]], {"": None}, {"a": {}}, [1,
    "a"],
    "\x1b[31mred", "\u202eabc", "a\nhint: b", "x" * 5000, "\u00e9", "a/b/c", "../../etc/passwd",
    "2026-13-45", "*", "[", "kubernetes.io/arch", "Exists", "hunter2-value",
)  # fmt: skip


def encoded(text: str) -> bytes:
    """Return text as UTF-8, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


def broken_bytes(content: bytes, random: Random) -> bytes:
    """Return content with some of its bytes changed, left out, repeated or put in."""
    data = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 5, 20))):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.choice((1, 2, 10, 200)))
        match random.randrange(6):
            case 0 if data:
                data[min(at, len(data) - 1)] ^= 1 << random.randrange(8)
            case 1:
                data[at:at] = random.randbytes(random.choice((1, 4, 40)))
            case 2:
                del data[at:end]
            case 3:
                data[at:at] = data[at:end] * random.choice((1, 3, 50))
            case 4:
                del data[at:]
            case _:
                data[at:at] = bytes([random.choice((0, 9, 10, 13, 27, 127, 155, 255))])
    return bytes(data)


def broken_tokens(content: bytes, random: Random) -> bytes:
    """Return text with some of its tokens replaced by odd ones, swapped or doubled."""
    text = content.decode("utf-8", "replace")
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        tokens = list(_TOKEN.finditer(text))
        if not tokens:
            break
        one, other = random.choice(tokens), random.choice(tokens)
        new = random.choice((random.choice(ODD_TOKENS), other[0], one[0] * 2, ""))
        text = text[: one.start()] + new + text[one.end() :]
    return encoded(text)


def broken_lines(content: bytes, random: Random) -> bytes:
    """Return content with lines swapped, doubled, left out, or indented otherwise."""
    lines = content.splitlines(keepends=True) or [b""]
    for _ in range(random.choice((1, 1, 3))):
        at, other = random.randrange(len(lines)), random.randrange(len(lines))
        match random.randrange(5):
            case 0:
                lines[at], lines[other] = lines[other], lines[at]
            case 1:
                lines.insert(other, lines[at])
            case 2 if len(lines) > 1:
                del lines[at]
            case 3:
                lines[at] = random.choice((b"  ", b"\t", b"- ", b"? ", b"[" * 40)) + lines[at]
            case _:
                lines[at] = encoded(random.choice(ODD_TOKENS)) + b"\n"
    return b"".join(lines)


def broken_structure(value: Any, random: Random) -> Any:
    """Return a value with some of what is in it of another type, size, depth or name."""
    value = json.loads(json.dumps(value))
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = list(_places(value))
        if not places:
            return deepcopy(random.choice(ODD_VALUES))
        holder, key = random.choice(places)
        match random.randrange(8):
            case 0 | 1 | 2:
                holder[key] = deepcopy(random.choice(ODD_VALUES))  # it may be broken further
            case 3:
                holder[key] = _nested(holder[key], random)
            case 4:
                del holder[key]
            case 5 if isinstance(holder, dict):
                holder[_other_key(str(key), random)] = holder.pop(key)
            case 6 if isinstance(holder[key], list):
                holder[key] = holder[key] * random.choice((2, 20))
            case _:
                other, name = random.choice(places)
                if name in other if isinstance(other, dict) else name < len(other):
                    holder[key] = json.loads(json.dumps(other[name]))
    return value


def _places(value: Any) -> Any:
    """Yield each (container, key) below a value."""
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        items = holder.items() if isinstance(holder, dict) else enumerate(holder)
        if isinstance(holder, dict | list):
            for key, item in list(items):
                yield holder, key
                if isinstance(item, dict | list):
                    waiting.append(item)


def _nested(value: Any, random: Random) -> Any:
    for _ in range(random.choice((1, 3, 30, 90))):
        value = [value] if random.random() < 0.5 else {"a": value}
    return value


def _other_key(key: str, random: Random) -> str:
    return random.choice((key[:-1], key + "s", key.upper(), "", "\x1b[2J", "x" * 300, key * 2))


def as_yaml(value: Any, random: Random) -> bytes:
    """Return a value as YAML, with a key now and then that is not text."""
    style = random.choice((None, True, False))
    try:
        text = yaml.safe_dump(value, default_flow_style=style, sort_keys=False)
    except RecursionError:
        return as_json(value, random)
    if random.random() < 0.04:
        odd = random.choice(
            ("1", "1.5", "~", "2026-01-01", "!!binary aGk=", "true", "[a]", "{a: b}")
        )
        text = re.sub(
            r"(?m)^(\s*)(\w+):", rf"\g<1>? {odd}\n\g<1>:", text, count=random.randint(1, 3)
        )
    return encoded(text)


def as_json(value: Any, random: Random) -> bytes:
    """Return a value as JSON, deep, doubled or with numbers JSON does not have now and then."""
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    match random.randrange(40):
        case 0:
            depth = random.choice((100, 400, 1000, 100_000))
            text = text.replace("null", "[" * depth + "]" * depth, 1)
        case 1:
            text = re.sub(r'"(\w+)":', r'"\1": 0, "\1":', text, count=1)
        case 2:
            odd = random.choice(ODD_TOKENS)
            text = re.sub(r": -?[0-9]+", lambda _: f": {odd}", text, count=1)
        case 3:
            depth = random.choice((300, 2000, 200_000))
            text = '{"a":' * depth + text + "}" * depth
        case _:
            pass
    return encoded(text)


def broken_zip(content: bytes, random: Random, change: Callable[[bytes, Random], bytes]) -> bytes:
    """Return gzipped content that is broken inside, outside, or unzips to a lot."""
    match random.randrange(6):
        case 0:
            return broken_bytes(gzip.compress(content, mtime=0), random)
        case 1:
            whole = gzip.compress(content, mtime=0)
            return whole[: random.randrange(len(whole))]
        case 2 if random.random() < 0.1:
            return gzip.compress(bytes(400 * 2**20), 1, mtime=0)
        case 3:
            return gzip.compress(content, mtime=0) + random.randbytes(20)
        case _:
            return gzip.compress(change(content, random), mtime=0)


def broken_text(content: bytes, random: Random) -> bytes:
    """Return text that is broken in any of these ways."""
    return random.choice((broken_bytes, broken_tokens, broken_tokens, broken_lines))(
        content, random
    )


def broken_document(value: Any, random: Random) -> bytes:
    """Return a document (or a list of them) as broken YAML or JSON."""
    documents = value if isinstance(value, list) else [value]
    if random.random() < 0.8:
        at = random.randrange(len(documents))
        documents = [*documents]
        documents[at] = broken_structure(documents[at], random)
    if random.random() < 0.5:
        whole = b"---\n".join(as_yaml(document, random) for document in documents)
    else:
        listed = {"apiVersion": "v1", "kind": "List", "items": documents}
        whole = as_json(documents[0] if len(documents) == 1 else listed, random)
    return broken_text(whole, random) if random.random() < 0.25 else whole
