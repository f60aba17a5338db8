"""The replay command: journals of whole runs, a changed one, and what is no journal."""

import gzip
import json
from pathlib import Path
from typing import Any

from kubestow.adapters.journal_lines import Sealer, contents
from kubestow.cli.main import run

from .inputs import DEPLOYMENT, REGION

SHORT = ["--days", "0.05", *REGION]


def test_every_journalled_decision_replays_and_a_changed_one_is_found(
    tmp_path: Path, capsys: Any
) -> None:
    arguments = ["--workload", "generated:40", "--policy", "optimal,karpenter", *SHORT]
    arguments += ["--faults", "all", "--spot", "--seed", "3", "--shape", "bursts"]
    assert run(["simulate", *arguments, "--out", str(tmp_path)]) in (0, 2)
    for policy in ("optimal", "karpenter"):
        assert run(["replay", str(tmp_path / f"{policy}.journal.gz")]) == 0
    lines = list(contents(tmp_path / "optimal.journal.gz"))
    position = next(i for i, line in enumerate(lines) if b'"Launch"' in line)
    lines[position] = lines[position].replace(b'"reason":"Provisioning"', b'"reason":"Whim"')
    sealer = Sealer()
    (tmp_path / "bad.journal.gz").write_bytes(gzip.compress(b"".join(map(sealer.line, lines))))
    capsys.readouterr()
    assert run(["replay", str(tmp_path / "bad.journal.gz")]) == 3
    assert f"decision {position}" in capsys.readouterr().err
    cut = (tmp_path / "optimal.journal.gz").read_bytes()[:-40]  # it broke off
    (tmp_path / "cut.journal.gz").write_bytes(cut)
    assert run(["replay", str(tmp_path / "cut.journal.gz")]) == 0


def test_what_protects_pods_is_in_the_journal(tmp_path: Path) -> None:
    protected = """template:
    metadata:
      labels: {app: web}
      annotations:
        karpenter.sh/do-not-disrupt: 20m
        kubestow.dev/eviction-cost: '0.01'"""
    text = DEPLOYMENT.replace("replicas: 3", "replicas: 40")
    before = "template:\n    metadata: {labels: {app: web}}"
    assert before in text
    (tmp_path / "web.yaml").write_text(text.replace(before, protected))
    policies = ["optimal", "karpenter", "cluster-autoscaler"]
    arguments = ["--workload", str(tmp_path / "web.yaml"), "--policy", ",".join(policies)]
    arguments += [*SHORT, "--shape", "bursts", "--out", str(tmp_path)]
    assert run(["simulate", *arguments]) in (0, 2)
    for policy in policies:
        path = tmp_path / f"{policy}.journal.gz"
        lines = b"".join(contents(path))
        assert b'"protected_seconds":1200' in lines
        assert b'"nano_usd":10000000' in lines
        assert run(["replay", str(path)]) == 0


def test_prices_of_evictions_are_in_the_journal_and_decisions_follow_from_them(
    tmp_path: Path, capsys: Any
) -> None:
    arguments = ["--workload", "generated:60", "--policy", "optimal", "--days", "0.3", *REGION]
    arguments += ["--shape", "bursts", "--seed", "2"]
    usual, dear = tmp_path / "usual", tmp_path / "dear"
    assert run(["simulate", *arguments, "--out", str(usual)]) in (0, 2)
    prices = ["--eviction-cost", "0.01", "--eviction-cost", "local-data=0.05"]
    assert run(["simulate", *arguments, *prices, "--out", str(dear)]) in (0, 2)
    lines = list(contents(dear / "optimal.journal.gz"))
    assert lines[1:] != list(contents(usual / "optimal.journal.gz"))[1:]
    assert run(["replay", str(dear / "optimal.journal.gz")]) == 0
    before = (dear / "optimal.journal.gz").read_bytes()
    cut = dear / "optimal.journal.gz"
    (dear / "optimal.json").unlink()
    cut.write_bytes(before[: len(before) // 2])
    assert run(["simulate", *arguments, *prices, "--out", str(dear), "--resume"]) in (0, 2)
    assert cut.read_bytes() == before
    capsys.readouterr()
    assert run(["simulate", *arguments, "--out", str(dear), "--resume"]) == 1
    assert "another command" in capsys.readouterr().err
    head = json.loads(lines[0])
    head["options"]["eviction_prices"] = 7
    sealer = Sealer()
    changed = [json.dumps(head).encode(), *lines[1:]]
    cut.write_bytes(gzip.compress(b"".join(map(sealer.line, changed))))
    assert run(["replay", str(cut)]) == 1
    assert "options that kubestow does not have" in capsys.readouterr().err


def test_replaying_something_else_is_a_mistake(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"{}\n"))
    assert run(["replay", str(path)]) == 1
    assert "not a journal" in capsys.readouterr().err


def test_a_journal_that_somebody_changed_is_not_replayed_further(
    tmp_path: Path, capsys: Any
) -> None:
    arguments = ["--workload", "generated:10", "--policy", "optimal", *SHORT]
    assert run(["simulate", *arguments, "--out", str(tmp_path)]) in (0, 2)
    path = tmp_path / "optimal.journal.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines(True)
    for change in (lines[:1] + lines[2:], [lines[0], b"null\n", *lines[2:]], lines[1:]):
        path.write_bytes(gzip.compress(b"".join(change)))
        capsys.readouterr()
        assert run(["replay", str(path)]) == 1
        said = capsys.readouterr().err
        assert "was changed or damaged" in said or "is not a journal" in said
        assert "hint: " in said
