"""Plans given to the stock kube-scheduler: which of their pods does it leave Pending?

Law: each plan is made and rehearsed as for a user, then its nodes and pods are created in the real
API server in shuffled orders. The rows are named: shop, openb, karpenter-5000, mix-1 to mix-10, and
by kind of mix and seed: small-1, caches-1, spread-1 and so on.
"""

import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.files import read_files
from kubestow.model.kinds import KindsWish
from kubestow.model.nodepool import NodePool
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.usecases.plan import PlanRequest
from kubestow.usecases.plan import plan as plan_of

from .acceptance import accept
from .control_plane import ControlPlane
from .planned import objects_of

_EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
EXAMPLE, NODE_POOL = _EXAMPLES / "online-shop", _EXAMPLES / "seoul.yaml"
ORDERS = 3
MIX_PODS = 1_000
NAMES = ("shop", "karpenter-5000", "openb", *(f"mix-{seed}" for seed in range(1, 11)))


def snapshot(name: str, size: int = MIX_PODS) -> Snapshot:
    """Return the snapshot of a row's plan; ``size`` is the number of pods of small-1 and such."""
    if name == "shop":
        reading = read_files([str(EXAMPLE), str(NODE_POOL)])
        return Snapshot(reading.cluster, load_catalog("ap-northeast-2"))
    if name == "openb":
        from benchmarks import openb

        with tempfile.TemporaryDirectory() as folder:
            paths = openb.write_input(Path(folder))
            reading = read_files([str(path) for path in paths])
        return Snapshot(reading.cluster, load_catalog("us-east-1"))
    kind, _, number = name.partition("-")
    if kind == "karpenter":
        from benchmarks import karpenter_mix

        pods = karpenter_mix.pods(int(number), seed=1)
        cluster = Cluster(pods=pods, nodepools=(NodePool("mix"),))
        return Snapshot(cluster, karpenter_mix.catalog())
    from benchmarks import service_mix
    from benchmarks.simulation import pool

    if kind in service_mix.KINDS:
        cluster = service_mix.kind_of_mix(kind, size, int(number))
        return Snapshot(replace(cluster, nodepools=(pool(),)), load_catalog("us-east-1"))
    assert kind == "mix", f"{name} is not one of {', '.join(NAMES)}"
    return Snapshot(service_mix.cluster(MIX_PODS, int(number)), load_catalog("us-east-1"))


def run(
    plane: ControlPlane,
    names: Iterable[str],
    *,
    say: Callable[[str], object],
    orders: int = ORDERS,
) -> bool:
    """Play every row; say a line each, and return whether no pod was left Pending."""
    good = True
    say(f"{'plan':16}{'pods':>7}{'nodes':>7}{'USD/h':>10}{'extra':>9}{'rehearsed':>12}  Pending")
    for name in names:
        state = snapshot(name)
        answer = plan_of(
            PlanRequest(snapshot=state, kinds=KindsWish(), clock=time.monotonic), SilentReporter()
        )
        before, plan, seconds = answer.landed, answer.rehearsed, answer.rehearsal_seconds
        assert plan is not None
        objects, pods = objects_of(state, plan)
        pending = [len(accept(plane, objects, pods, seed).pending) for seed in range(orders)]
        good &= not any(pending)
        extra = plan.cost_nano_usd_per_hour / max(before.cost_nano_usd_per_hour, 1) - 1
        say(
            f"{name:16}{len(pods):7}{len(plan.nodes):7}{plan.cost_nano_usd_per_hour / 1e9:10.2f}"
            f"{extra:9.2%}{seconds:10.1f} s  {pending}"
        )
    return good
