"""Record the output of a set of commands, to compare two versions byte by byte.

    python -m benchmarks.answers OUT [--kubestow PATH] [NAME ...]

Each command's standard output, standard error and exit code become files in OUT; ``diff -r`` of two
such folders shows every output that a change affects. Timings are removed. The openb trace is
licensed for research and study: its plan is recorded only if the file is available.
"""

import argparse
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import mixes

from benchmarks import openb
from benchmarks.measure import ROOT

_SHOP = "-f examples/online-shop --region ap-northeast-2"
_POOLS = "--nodepool examples/nodepools"
_MOVE = "-f examples/move-node-group/cluster.yaml --region ap-northeast-2"
_MIGRATION = "-f examples/migration/cluster.yaml --region ap-northeast-2"
_STUCK = "-f examples/migration --region ap-northeast-2"
_LEAVE = "--from eks.amazonaws.com/nodegroup=general-2023"
_CHECK = "-f examples/online-shop --region ap-northeast-2 --today 2026-11-23"
_TRACE = "-f {folder}/pods.json --nodepool {folder}/nodepool.json --region us-east-1"
_PLAN = "plan --no-timing"
COMMANDS = {
    "plan": f"{_PLAN} {_SHOP}",
    "plan-not-rehearsed": f"{_PLAN} {_SHOP} --no-rehearsal",
    "plan-seed": f"{_PLAN} {_SHOP} --seed 7 --no-rehearsal",
    "plan-won": f"{_PLAN} {_SHOP} --currency KRW --rate 1391.5 --no-rehearsal",
    "plan-costs": f"{_PLAN} {_SHOP} --costs examples/costs.yaml --no-rehearsal",
    "plan-headroom": f"{_PLAN} {_SHOP} --headroom 10% --no-rehearsal",
    "plan-share-per-node": f"{_PLAN} {_SHOP} --max-share-per-node 25% --no-rehearsal",
    "plan-on-demand": f"{_PLAN} {_SHOP} {_POOLS}/spot.yaml --on-demand-share 30% --no-rehearsal",
    "plan-spot": f"{_PLAN} {_SHOP} {_POOLS}/spot.yaml --spot-diversity 5x2",
    "plan-launch-list": f"{_PLAN} {_SHOP} {_POOLS}/general.yaml --launch-list --no-rehearsal",
    "plan-limited": f"{_PLAN} {_SHOP} {_POOLS}/limited.yaml",
    "plan-graviton": f"{_PLAN} {_SHOP} {_POOLS}/graviton.yaml --no-rehearsal",
    "plan-groups": f"{_PLAN} {_SHOP} --cluster-config examples/check/eksctl.yaml --no-rehearsal",
    "plan-prefixes": f"{_PLAN} {_SHOP} --prefix-delegation --no-rehearsal",
    "plan-networking": f"{_PLAN} {_SHOP} --custom-networking --no-rehearsal",
    "plan-gap": f"{_PLAN} {_SHOP} --gap 30% --no-rehearsal",
    "plan-quick": f"{_PLAN} {_SHOP} --effort quick --no-rehearsal",
    "plan-hours": f"{_PLAN} {_SHOP} --hours-per-month 720 --no-rehearsal",
    "plan-pod": f"{_PLAN} {_SHOP} --explain shop/checkout-0 --no-rehearsal",
    "plan-existing": f"{_PLAN} {_MOVE}",
    "plan-from-scratch": f"{_PLAN} {_MOVE} --from-scratch",
    "plan-hpa": f"{_PLAN} {_SHOP} --hpa max --no-rehearsal",
    "plan-up-or-out": f"{_PLAN} -f examples/up-or-out --region ap-northeast-2",
    "plan-missing": f"{_PLAN} -f examples/nowhere --region ap-northeast-2",
    "plan-unknown-region": f"{_PLAN} -f examples/online-shop --region mars-north-1",
    "plan-karpenter": f"{_PLAN} {_SHOP} --no-rehearsal --emit karpenter --cluster-name shop "
    "--node-role shop-node",
    "plan-eksctl": f"{_PLAN} {_SHOP} --no-rehearsal --emit eksctl --cluster-name shop",
    "plan-kubectl": f"{_PLAN} {_SHOP} --no-rehearsal --emit kubectl",
    "plan-openb": f"{_PLAN} {_TRACE}",
    "plan-openb-not-rehearsed": f"{_PLAN} {_TRACE} --no-rehearsal",
    "plan-mix-1": f"{_PLAN} -f {{folder}}/1/f.json --region us-east-1",
    "plan-mix-2": f"{_PLAN} -f {{folder}}/2/f.json --region us-east-1",
    "plan-mix-3": f"{_PLAN} -f {{folder}}/3/f.json --region us-east-1",
    "compare": f"compare {_SHOP} --no-rehearsal",
    "compare-rehearsed": f"compare {_SHOP}",
    "compare-won": f"compare {_SHOP} --currency KRW --rate 1391.5 --no-rehearsal",
    "compare-types": "compare -f examples/up-or-out --region ap-northeast-2 "
    "--types t3.xlarge,t3.2xlarge,t3a.2xlarge",
    "compare-groups": f"compare {_SHOP} --node-group-types m7i.xlarge,r7i.xlarge --no-rehearsal "
    "--expander most-pods",
    "compare-machines": f"compare {_SHOP} --machines examples/machines.yaml --no-rehearsal "
    "--fargate-profiles examples/check/eksctl.yaml",
    "compare-costs": f"compare {_SHOP} --costs examples/costs.yaml --no-rehearsal",
    "explain-pod": f"explain shop/checkout-0 {_SHOP}",
    "explain-workload": f"explain shop/storefront {_SHOP}",
    "explain-limited": f"explain shop/search-0 {_SHOP} {_POOLS}/limited.yaml",
    "explain-graviton": f"explain shop/postgres-0 {_SHOP} {_POOLS}/graviton.yaml",
    "explain-unknown": f"explain shop/chekout-0 {_SHOP}",
    "check": f"check {_CHECK}",
    "check-cluster": f"check {_CHECK} --cluster-config examples/check/eksctl.yaml",
    "check-all": f"check {_CHECK} --cluster-config examples/check/eksctl.yaml --subnets "
    "examples/check/subnets.yaml --image-platforms examples/check/image-platforms.yaml",
    "check-warning": f"check {_CHECK} --fail-on warning --prefix-delegation",
    "migrate": f"migrate {_MIGRATION} {_LEAVE} --to eks.amazonaws.com/nodegroup=general-2026",
    "migrate-plan": f"migrate {_MIGRATION} {_LEAVE} --to plan",
    "migrate-surge": f"migrate {_MIGRATION} {_LEAVE} --to plan --surge 2 --max-parallel 2",
    "migrate-stuck": f"migrate {_STUCK} {_LEAVE} --to plan",
    "migrate-forced": f"migrate {_STUCK} {_LEAVE} --to plan --force",
    "simulate": "simulate --workload examples/online-shop --region ap-northeast-2 --days 0.5",
    "simulate-generated": "simulate --workload generated:200 --region us-east-1 --days 0.25 "
    "--shape bursts --seed 3",
    "simulate-spot": "simulate --workload generated:150 --region us-east-1 --days 0.25 --spot "
    "--faults spot --spot-prices synthetic --seed 5",
    "simulate-faults": "simulate --workload generated:100 --region us-east-1 --days 0.25 "
    "--faults all --spot --policy optimal,karpenter --seed 11",
    "catalog-list": "catalog list --region ap-northeast-2 --arch arm64 --min-vcpu 4 --sort price",
    "catalog-won": "catalog list --region ap-northeast-2 --family t3a --currency KRW --rate 1391.5",
    "catalog-show": "catalog show t3a.2xlarge --region ap-northeast-2",
    "catalog-show-prefixes": "catalog show m7i.2xlarge --region us-east-1 --prefix-delegation",
}
_FORMATS = {"json": ["-o", "json"], "text": []}
_HTML = ("plan", "plan-existing", "compare", "simulate")


def main() -> None:
    """Record the named commands, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Raw)
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--kubestow", default=str(Path(sys.executable).parent / "kubestow"))
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(given.jobs) as pool:
        if openb.TRACE.is_file():
            openb.write_input(Path(folder))
        for seed in mixes.COUNTS:
            place = Path(folder) / str(seed)
            place.mkdir()
            mixes.written(place, seed)
        done = [
            pool.submit(_record, given.kubestow, given.out, name, shape, folder)
            for name in given.names or COMMANDS
            for shape in _shapes(name)
        ]
        for future in done:
            print(future.result(), flush=True)


class _Raw(argparse.RawDescriptionHelpFormatter):
    pass


def _shapes(name: str) -> list[str]:
    command = COMMANDS[name]
    if _TRACE in command and not openb.TRACE.is_file():
        return []
    if "--emit" in command:
        return ["text"]
    return [*_FORMATS, *(["html"] if name in _HTML else [])]


def _record(kubestow: str, out: Path, name: str, shape: str, folder: str) -> str:
    """Run a command in one format and write its output; return a line about it."""
    words = [word.format(folder=folder) for word in COMMANDS[name].split()]
    words += ["-o", "html"] if shape == "html" else _FORMATS[shape]
    done = subprocess.run(
        [kubestow, *words], cwd=ROOT, capture_output=True, check=False, timeout=1200
    )
    stem = f"{name}.{shape}"
    (out / stem).write_bytes(done.stdout)
    errors = done.stderr.decode().replace(folder, "FOLDER")
    (out / f"{stem}.err").write_text(f"{errors}exit code {done.returncode}\n", encoding="utf-8")
    return f"{stem}: exit code {done.returncode}, {len(done.stdout)} bytes"


if __name__ == "__main__":
    main()
