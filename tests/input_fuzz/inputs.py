"""One input: a command line with its files and streams, made from a seed.

Every kind of file, every option of every command, every stream and every odd kind of file has a
maker here; a new kind of file is one more.
"""

import gzip
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from random import Random

from kubestow.adapters.catalog_files import encode
from kubestow.cli.main import app

from .inputs_base import AT, Input
from .mutations import (
    ODD_TOKENS,
    as_json,
    broken_bytes,
    broken_document,
    broken_structure,
    broken_text,
    broken_zip,
)
from .registries import registries
from .samples import REGION, Samples

_PLANS = ("plan", "compare", "check", "explain", "migrate")
_SHORT = ["--policy", "optimal", "--days", "0.005", *AT]
_ODD_WORDS = (
    "", " ", "-", "--", "x", "0", "-1", "1e9", "1e999", "nan", "inf", "9" * 30, "9" * 5000, "0x10",
    "1%", "101%", "-5%", "1..2", "2..1", "1..999999999", "a=b", "policy=", "step=" + "9" * 400,
    "days=nan", "\x1b[31m", "\u202e", "a\nb", "\udcff", "../nowhere", "/nowhere/", ".", "*" * 40,
    "**/*" * 20,
    "[", "generated:" + "9" * 5000, "generated:0", "generated:5", "synthetic:9", "synthetic:.",
    "synthetic:0.2", "x" * 5000, "tcp://127.0.0.1:1", "tls://x", "shop/web", "m7i.large",
    "2026-13-01",
    "KRW", "1390", "table", "json", "html", "/dev/null", "/dev/zero", "web.yaml", "no=such=label",
    "karpenter", "optimal", "16Gi", "1e400Gi", "us-east-1a", "eu-west-1", "\u00e9",
)  # fmt: skip


Maker = Callable[[Samples, Random, Path], Input]


def _planned(random: Random) -> list[str]:
    """Return the beginning of a command line that reads -f."""
    command = random.choice((*_PLANS, "plan", "plan"))
    pod = ["shop/one"] if command == "explain" else []
    to = ["--from", "team=blue"] if command == "migrate" else []
    to += ["--to-types", "m7i.xlarge"] if to and random.random() < 0.3 else []
    shown = random.choice(("table", "json", "html", "sarif", "table"))
    fits = shown in ("table", "json") or (shown == "html" and command in ("plan", "compare"))
    shown = shown if fits or (shown == "sarif" and command == "check") else "json"
    return [command, *pod, *AT, "-o", shown, *to]


def _written(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return name


def _plain(samples: Samples, folder: Path) -> str:
    return _written(folder, "web.json", json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": samples.documents["manifests"]}
    ).encode())  # fmt: skip


def manifests(samples: Samples, random: Random, folder: Path) -> Input:
    """Return broken manifests, as a file, a folder or standard input."""
    content = broken_document(samples.documents["manifests"], random)
    tokens = _planned(random)
    if random.random() < 0.1:
        return Input("manifests", [*tokens, "-f", "-"], stdin=content)
    name = _written(folder, random.choice(("a.yaml", "a.json", "values.yaml")), content)
    return Input("manifests", [*tokens, "-f", random.choice((name, ".", name))])


def _beside(name: str, commands: tuple[str, ...], option: str) -> Maker:
    """Return the maker of broken documents that are named by an option beside -f."""

    def maker(samples: Samples, random: Random, folder: Path) -> Input:
        content = broken_document(samples.documents[name], random)
        file = _written(folder, random.choice(("b.yaml", "b.json")), content)
        command = random.choice(commands)
        pod = ["shop/one"] if command == "explain" else []
        web = _plain(samples, folder)
        return Input(name, [command, *pod, *AT, "-f", web, option, file])

    return maker


def histories(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a broken price history, plain or gzipped."""
    content = as_json(broken_structure(samples.documents["history"], random), random)
    if random.random() < 0.3:
        content = broken_zip(content, random, broken_text)
    elif random.random() < 0.5:
        content = broken_text(content, random)
    name = _written(folder, random.choice(("h.json", "h.json.gz")), content)
    tokens = ["simulate", *_SHORT, "-f", "generated:3", "--spot", "--spot-prices", name]
    return Input("history", tokens)


def traces(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a broken trace, plain or gzipped."""
    content = samples.files["trace"]
    if random.random() < 0.1:
        content = content.replace(b"512", b'"' + b"5" * random.choice((10, 200_000)), 1)
    is_zip = random.random() < 0.4
    broken = broken_zip(content, random, broken_text) if is_zip else broken_text(content, random)
    name = _written(folder, random.choice(("t.csv", "t.csv.gz")), broken)
    fit = ["--fit-trace"] if random.random() < 0.3 else []
    return Input("trace", ["simulate", *_SHORT, "-f", name, *fit])


def journals(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a broken journal, to be replayed, told or resumed."""
    broken = broken_zip(
        samples.files["journal"], random, random.choice((broken_bytes, broken_text))
    )
    if random.random() < 0.7:
        name = _written(folder, "j.gz", broken)
        told = random.choice((["node", "x"], ["pod", "shop/x"]))
        tokens = random.choice((["replay", name], ["why", *told, "--journal", name]))
        return Input("journal", tokens)
    _written(folder, "optimal.journal.gz", broken)
    return _resumed("journal")


def _resumed(kind: str) -> Input:
    tokens = ["simulate", "-f", "generated:5", "--policy", "optimal", "--days", "0.01", *AT]
    return Input(kind, [*tokens, "--out", ".", "--resume"])


def results(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a broken result of a simulation that is resumed."""
    content = as_json(broken_structure(samples.documents["result"], random), random)
    broken = broken_text(content, random) if random.random() < 0.3 else content
    _written(folder, "optimal.json", broken)
    return _resumed("result")


def parquets(samples: Samples, random: Random, folder: Path) -> Input:
    """Return broken rows of a sweep."""
    import pyarrow
    import pyarrow.parquet

    from kubestow.adapters.parquet_file import ParquetFolder

    content = samples.files["parquet"]
    if random.random() < 0.5:
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(content))
        at = random.randrange(table.num_columns)
        values = [random.choice((None, "x", 1, -1, 0.5, float("nan"))) for _ in range(1)] * len(
            table
        )
        table = table.set_column(at, table.column_names[at], [pyarrow.array(values)])
        sink = pyarrow.BufferOutputStream()
        pyarrow.parquet.write_table(table.drop_columns([]) if at % 2 else table, sink)
        content = sink.getvalue().to_pybytes()
    else:
        content = broken_bytes(content, random)
    _written(folder, random.choice(("results.parquet", "part-1.parquet")), content)
    return Input("parquet", [], call=lambda: ParquetFolder(Path()).rows())


def certificates(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a broken certificate."""
    content = as_json(broken_structure(samples.documents["certificate"], random), random)
    broken = broken_text(content, random) if random.random() < 0.5 else content
    name = _written(folder, "c.json", broken)
    shown = ["-o", random.choice(("table", "json"))]
    return Input("certificate", ["verify-bound", name, "-f", _plain(samples, folder), *AT, *shown])


def warm_starts(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a broken warm start."""
    content = as_json(broken_structure(samples.documents["warm"], random), random)
    broken = broken_text(content, random) if random.random() < 0.4 else content
    name = _written(folder, "w.json", broken)
    return Input("warm start", ["plan", "-f", _plain(samples, folder), *AT, "--warm-start", name])


def catalogs(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a broken catalog in the cache."""
    content = gzip.decompress(encode(samples.catalog))
    if random.random() < 0.6:
        content = as_json(broken_structure(json.loads(content), random), random)
        zipped = gzip.compress(content, mtime=0)
    else:
        zipped = broken_zip(content, random, broken_text)
    (folder / "cache" / "catalog").mkdir(parents=True)
    _written(folder / "cache" / "catalog", f"{REGION}.json.gz", zipped)
    tokens = random.choice(
        (["catalog", "list", *AT], ["catalog", "regions"], ["catalog", "show", "m7i.large", *AT],
         ["plan", "-f", _plain(samples, folder), *AT],
         ["compare", "-f", _plain(samples, folder), *AT])
    )  # fmt: skip
    return Input("catalog", tokens, {"KUBESTOW_CACHE": str(folder / "cache")})


def dockers(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a broken configuration of docker, or a helper with a broken answer."""
    from kubestow.adapters.registry_logins import LoginError, Logins

    content = as_json(broken_structure(samples.documents["docker"], random), random)
    if random.random() < 0.4:
        content = broken_text(content, random)
    _written(folder, "config.json", content)
    answer = b'{"Username": "u", "Secret": "s"}'
    helper = folder / "docker-credential-none-such"
    _written(folder, "answer", broken_text(answer, random))
    flood = "yes" if random.random() < 0.1 else "cat answer"
    helper.write_text(f"#!/bin/sh\n{flood}\nexit {random.choice((0, 0, 1))}\n")
    helper.chmod(0o755)

    def look_up() -> None:
        for host in ("ghcr.io", "docker.io", "quay.io", "x"):
            try:
                login = Logins(Path("config.json")).of(host)
                assert login is None or login.basic
            except LoginError:
                pass

    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return Input("docker", [], {"PATH": path}, call=look_up)


def layouts(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a broken OCI layout."""
    digest = "sha256:" + "a" * 64
    index = {
        "manifests": [{"digest": digest, "annotations": {"io.containerd.image.name": "shop/web:1"}}]
    }
    manifest = {"config": {"digest": "sha256:" + "b" * 64}}
    config = {"os": "linux", "architecture": "amd64"}
    blobs = folder / "image" / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    parts = {folder / "image" / "index.json": index, blobs / ("a" * 64): manifest,
             blobs / ("b" * 64): config}  # fmt: skip
    chosen = random.choice(list(parts))
    for path, value in parts.items():
        content = as_json(broken_structure(value, random) if path == chosen else value, random)
        path.write_bytes(broken_text(content, random) if random.random() < 0.2 else content)
    if random.random() < 0.1:
        chosen.unlink()
        os.mkfifo(chosen)
    tokens = ["check", *AT, "-f", _plain(samples, folder)]
    return Input("layout", [*tokens, "--oci-layout", random.choice(("image", "shop/web:1=image"))])


def odd_files(samples: Samples, random: Random, folder: Path) -> Input:
    """Return what is no regular file, or has an odd name, where a file is wanted."""
    name = random.choice(
        ("x.yaml", "x.csv", "x.json", "\x1b[31mx.yaml", "a\nb.yaml", "\udcff.yaml")
    )
    path = folder / name
    match random.randrange(9):
        case 0 | 1:
            os.mkfifo(path)
        case 2:
            path.mkdir()
        case 3:
            with socket.socket(socket.AF_UNIX) as there, _inside(folder):
                there.bind("socket")
            path = folder / "socket"
        case 4:
            path.symlink_to(path)
        case 5:
            path.symlink_to(
                random.choice(("/dev/zero", "/dev/null", "/dev/full", "/proc/self/mem"))
            )
        case 6:
            path.write_bytes(json.dumps(samples.documents["manifests"][0]).encode())
        case 7:
            path = Path(random.choice(("/dev/zero", "/dev/stdin", "/dev/fd/0", "/proc/kcore",
            "/nowhere",
                                       "/proc/kmsg", "x" * 4000, "**/" * 30 + "x")))  # fmt: skip
        case _:
            path.write_bytes(
                random.choice((b"", b"\0" * 100, b"\xff\xfea\0", b"\xef\xbb\xbf{}", b"\n"))
            )
    file, web = str(path), _plain(samples, folder)
    tokens = random.choice((
        ["plan", *AT, "-f", file], ["check", *AT, "-f", file, "-o", "sarif"],
        ["check", *AT, "-f", file, "-o", "json"], ["compare", *AT, "-f", file, "-o", "html"],
        ["plan", *AT, "-f", str(folder)], ["plan", *AT, "-f", "*.yaml"],
        ["plan", *AT, "-f", web, "--costs", file], ["plan", *AT, "-f", web, "--nodepool", file],
        ["plan", *AT, "-f", web, "--cluster-config", file], ["replay", file],
        ["why", "pod", "x", "--journal", file],
        ["plan", *AT, "-f", web, "--warm-start", file], ["verify-bound", file, "-f", web, *AT],
        ["plan", *AT, "-f", web, "--certificate", file],
        ["compare", *AT, "-f", web, "--machines", file], ["check", *AT, "-f", web, "--subnets",
        file],
        ["simulate", *_SHORT, "-f", file], ["simulate", *_SHORT, "-f", "generated:2", "--out",
        file],
        ["simulate", *_SHORT, "-f", "generated:3", "--spot", "--spot-prices", file],
        ["check", *AT, "-f", web, "--oci-layout", file],
        ["check", *AT, "-f", web, "--image-platforms", file],
        ["plan", *AT, "-f", web, "--emit", "kubectl", "--emit-to", file],
    ))  # fmt: skip
    if file.startswith("/dev/full") and "--emit-to" in tokens:
        tokens = ["plan", *AT, "-f", file]
    return Input("odd file", tokens)


class _inside:  # noqa: N801 # used like a function
    def __init__(self, folder: Path) -> None:
        self._folder, self._before = folder, Path.cwd()

    def __enter__(self) -> None:
        os.chdir(self._folder)

    def __exit__(self, *_: object) -> None:
        os.chdir(self._before)


def options(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a command with one or two of its options at odd values."""
    path = random.choice([[name] for name in (*_PLANS, "simulate", "replay", "verify-bound")]
                         + [["catalog", "list"], ["catalog", "show"], ["catalog", "regions"],
                            ["sweep"], ["why", "node"], ["why", "pod"]])  # fmt: skip
    command = app
    for name in path:
        command = command[name]
    names = [argument.names for argument in command.assemble_argument_collection()]
    named = [n[-1] for n in names if n[0].startswith("--") and n[0] not in _NOT_TRIED]
    tokens = [*path]
    if path[0] in (*_PLANS, "verify-bound"):
        tokens += ["-f", _plain(samples, folder), *AT]
    elif path[0] in ("simulate", "sweep"):
        tokens += ["-f", "generated:2", *_SHORT]
        tokens += ["--out", "none/x\0"[: random.choice((6, 7))]] if path[0] == "sweep" else []
    positional = {
        "explain": "shop/one", "show": "m7i.large", "replay": "x", "verify-bound": "x",
        "node": "x", "pod": "x",
    }  # fmt: skip
    if path[-1] in positional:
        odd = random.random() < 0.4
        tokens.append(random.choice(_ODD_WORDS) if odd else positional[path[-1]])
    for _ in range(random.choice((1, 1, 2))):
        if named:
            tokens.append(random.choice(named))
        value = random.choice((*_ODD_WORDS, random.choice(ODD_TOKENS)))
        tokens += [value] if random.random() < 0.9 else []
    if path[0] == "sweep":
        tokens += ["--workers", "0"]  # said before anything is started
    return Input("option", [token.replace("\0", "") for token in tokens])


_NOT_TRIED = ("--profile", "--registry", "--help", "--version")


def streams(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a sound command with a closed, full or narrow stream, or an odd console."""
    text = json.dumps(samples.documents["manifests"][0]).replace("web", "w\u00e9b\u2500")
    (folder / "web.json").write_text(text, encoding="utf-8")
    tokens = random.choice((
        [*_planned(random), "-f", random.choice(("web.json", "-"))], ["--help"], ["plan", "--help"],
        ["catalog", "list", *AT], ["nonsense"], ["plan", "-f", "no\u00e9where"], [],
    ))  # fmt: skip
    environment = random.choice((
        {}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "cp1252"}, {"PYTHONIOENCODING": "utf-16"}, {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "xx_XX"},
        {"COLUMNS": "1"}, {"COLUMNS": "2"}, {"COLUMNS": "9" * 9}, {"COLUMNS": "-1"}, {"HOME": ""},
        {"HOME": "/nowhere"}, {"TERM": "dumb"}, {"AWS_CONFIG_FILE": "/dev/zero"},
        {"KUBESTOW_CACHE": "/dev/null"}, {"TMPDIR": "/nowhere"},
    ))  # fmt: skip
    closed = random.choice(((), (0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)))
    output = random.choice(("", "", "/dev/full"))
    return Input("stream", tokens, environment, text.encode(), is_process=True, closed=closed,
                 output=output, encoding=environment.get("PYTHONIOENCODING", "utf-8"))  # fmt: skip


MAKERS: tuple[tuple[int, Maker], ...] = (
    (18, manifests),
    (7, _beside("pools", _PLANS[:4], "--nodepool")),
    (7, _beside("cluster", _PLANS[:4], "--cluster-config")),
    (5, _beside("costs", ("plan", "compare"), "--costs")),
    (4, _beside("machines", ("compare",), "--machines")),
    (4, _beside("cluster", ("compare",), "--fargate-profiles")),
    (4, _beside("network", ("check",), "--subnets")),
    (3, _beside("platforms", ("check",), "--image-platforms")),
    (4, histories),
    (5, traces),
    (5, journals),
    (4, results),
    (3, parquets),
    (6, certificates),
    (5, warm_starts),
    (5, catalogs),
    (3, dockers),
    (3, registries),
    (4, layouts),
    (6, odd_files),
    (10, options),
    (2, streams),
)


def made(samples: Samples, seed: int, folder: Path) -> Input:
    """Return the input of a seed; its files are in the folder."""
    random = Random(seed)
    maker = random.choices([maker for _, maker in MAKERS], [share for share, _ in MAKERS])[0]
    return maker(samples, random, folder)
