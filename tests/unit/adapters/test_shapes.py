"""What is decoded by several threads at once, the first time that its type is."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from kubestow.adapters.shapes import converted, decoded, decoder

ADAPTERS = Path(__file__).resolve().parents[3] / "src" / "kubestow" / "adapters"
_BESIDE_SHAPES = re.compile(r"msgspec\.(convert\(|json\.Decoder\(|json\.decode\([^\n]*type=)")
_THREADS = """
import sys, threading, types
import msgspec
from kubestow.adapters.shapes import decoded

sys.setswitchinterval(1e-6)
DEPTH, TEXT = 20, b'{"f0":1,"n":' * 19 + b'{"f0":1}' + b"}" * 19

def made(number):
    module = types.ModuleType(f"made{number}")
    sys.modules[module.__name__] = module
    before = None
    for level in range(DEPTH):
        fields = [(f"f{n}", "int | None", None) for n in range(20)]
        fields += [("n", f"S{level - 1} | None", None)] if level else []
        before = msgspec.defstruct(f"S{level}", fields, module=module.__name__)
        setattr(module, before.__name__, before)
    return before

for number in range(60):
    shape, barrier = made(number), threading.Barrier(4)
    def decode():
        barrier.wait()
        assert decoded(TEXT, shape).n.n.f0 == 1
    threads = [threading.Thread(target=decode) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print("decoded")
"""


class Shape(msgspec.Struct):
    """Something with a number."""

    number: int


def test_a_type_is_decoded_and_a_value_converted() -> None:
    assert decoded(b'{"number": 1}', Shape) == converted({"number": 1}, Shape) == Shape(1)
    assert decoder(Shape) is decoder(Shape)
    with pytest.raises(msgspec.ValidationError):
        decoded(b'{"number": "1"}', Shape)


def test_threads_that_decode_a_new_type_at_once_do_not_end_the_process() -> None:
    made = subprocess.run(
        [sys.executable, "-c", _THREADS], capture_output=True, text=True, timeout=60, check=False
    )
    assert (made.returncode, made.stdout, made.stderr) == (0, "decoded\n", "")


def test_nothing_is_decoded_beside_it() -> None:
    found = [
        f"{path.name}: {match[0]}"
        for path in ADAPTERS.rglob("*.py")
        if path.name != "shapes.py"
        for match in _BESIDE_SHAPES.finditer(path.read_text("utf-8"))
    ]
    assert found == []
