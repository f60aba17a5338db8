"""What happens beside a landing: other pods that come and go, pods deleted, a controller killed.

Law: chosen by a seed; whatever a variant makes can be seen in the API server alone.
"""

import contextlib
import copy
import itertools
import random
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kubestow.model.decision import Land
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint
from kubestow.scheduling.rehearsal import launched_node, launched_pods

from .api import Client
from .held_nodes import node_objects
from .model import Object

PLAIN, BUSY, DELETED, VOLUMES, KILLED = "", "busy", "deleted", "volumes", "killed"
NAMES = (PLAIN, BUSY, DELETED, VOLUMES, KILLED)
GUESTS = "guests"
DELETED_SHARE = 0.02
_RATE, _GUESTS_AT_ONCE, _HEAD_START_SECONDS = 5, 20, 2.0
_FOR_GUESTS = {"key": GUESTS, "operator": "Exists"}


@contextlib.contextmanager
def guests(api: Client, state: Snapshot, plan: Plan, seed: int) -> Iterator[None]:
    """Let small pods of another workload come and go: five a second, twenty at a time.

    There are two open nodes: one that only they may use, and one for everybody. The first has a
    taint that DaemonSets do not tolerate.
    """
    first, second = (
        plan.nodes[number % len(plan.nodes)].renamed(f"{GUESTS}-{number}") for number in (0, 1)
    )
    first = replace(first, taints=(*first.taints, Taint(GUESTS, "", "NoSchedule")))
    pods = launched_pods(second, state.cluster.daemonsets)
    pairs = [(launched_node(first), ()), (launched_node(second), pods)]
    api.each(api.create, node_objects(pairs, state))
    stop = threading.Event()
    arguments = (api, random.Random(seed), stop)
    thread = threading.Thread(target=_come_and_go, args=arguments, name=GUESTS, daemon=True)
    thread.start()
    time.sleep(_HEAD_START_SECONDS)
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _come_and_go(api: Client, dice: random.Random, stop: threading.Event) -> None:
    there: deque[Object] = deque()
    for number in itertools.count():
        if stop.wait(1 / _RATE):
            return
        there.append(_guest(number, dice))
        api.create(there[-1])
        if len(there) > _GUESTS_AT_ONCE:
            api.delete(there.popleft())


def _guest(number: int, dice: random.Random) -> Object:
    requests = {"cpu": f"{dice.randint(5, 30)}m", "memory": f"{dice.randint(8, 32)}Mi"}
    container = {"name": "main", "image": "none", "resources": {"requests": requests}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": GUESTS, "name": f"guest-{number}"},
        "spec": {"containers": [container], "tolerations": [_FOR_GUESTS]},
    }


def deleted(landings: Sequence[Land], seed: int) -> list[Land]:
    """Return the landings of which somebody deletes the pod before it is bound."""
    count = max(round(len(landings) * DELETED_SHARE), 1)
    return random.Random(seed).sample(list(landings), min(count, len(landings)))


def successor(pod: Object) -> Object:
    """Return the pod that a ReplicaSet makes in place of another: a new name, and no node."""
    made = copy.deepcopy(pod)
    made["metadata"]["name"] += "-again"
    return made


def before_the_kill(landings: Sequence[Land], turn: int) -> Sequence[Land]:
    """Return what a controller still does before it is killed: two of three, then everything."""
    return landings[: 2 * len(landings) // 3] if turn == 0 else landings
