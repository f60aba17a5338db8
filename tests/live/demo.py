"""A cluster to look at: all of the bed, filled, until Ctrl-C.

Law: it prints where things are and waits; what it shows is made elsewhere.
"""

import argparse
import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from tests.differential import shop
from tests.differential.binaries import UnavailableError

from kubestow.adapters.catalog_files import load_catalog
from kubestow.model.instance_type import Catalog

from .bed import LiveBed, live_bed
from .cloud import cloud
from .clusters import UNSCHEDULABLE, apply_shop_for_node_groups, fill, launch_node_groups
from .companions import terminal_view, web_view
from .workloads import incomplete, phases, unready_nodes, wait_until
from .world import LiveWorld

REGION = "ap-northeast-2"
SECONDS = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the demonstration."""
    parser.add_argument("--nodes", type=int, default=0, help="so many nodes, in place of the shop")
    parser.add_argument("--pods", type=int, default=0, help="so many pods on them")
    parser.add_argument("--kubeconfig", default="", help="where to write the reader's kubeconfig")
    parser.add_argument("--once", action="store_true", help="end when the cluster is complete")


def run(options: argparse.Namespace) -> int:
    """Bring the cluster up and stay until Ctrl-C; return 2 if the binaries cannot be had."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    catalog = load_catalog(REGION, embedded_only=True)
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - started:6.1f} s] {text}", file=sys.stderr, flush=True)

    try:
        with contextlib.ExitStack() as stack:
            bed = _filled(stack, catalog, options, say)
            path = _kubeconfig(bed, options.kubeconfig)
            address = stack.enter_context(web_view(path, say))
            print(_usage(path, bed.plane.kubeconfig_of("test"), address), flush=True)
            if not options.once:
                if terminal_view(path):
                    print(_usage(path, bed.plane.kubeconfig_of("test"), address), flush=True)
                threading.Event().wait()
    except UnavailableError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        say("ending")
    return 0


def _filled(
    stack: contextlib.ExitStack,
    catalog: Catalog,
    options: argparse.Namespace,
    say: Callable[[str], None],
) -> LiveBed:
    """Return a bed whose cluster is complete."""
    if options.nodes:
        say(f"creating {options.nodes:,} nodes and {options.pods:,} pods")
        bed = stack.enter_context(
            live_bed(say, filled=lambda api: fill(api, catalog, options.nodes, options.pods))
        )
        say("the controllers and the scheduler run; KWOK makes nodes Ready and pods Running")
        expected: list[str] = []
    else:
        served = stack.enter_context(cloud(catalog))
        bed = stack.enter_context(live_bed(say))
        say("the cluster is up")
        launch_node_groups(LiveWorld(bed.api, served, catalog))
        apply_shop_for_node_groups(bed.api)
        say(f"the shop is applied; EC2 is at {served.endpoint}")
        expected = [UNSCHEDULABLE]
    wait_until(lambda: unready_nodes(bed.api), SECONDS)
    wait_until(lambda: set(incomplete(bed.api)) - set(expected), SECONDS)
    wait_until(lambda: phases(bed.api).get("Pending", 0) != len(expected), SECONDS)
    counts = ", ".join(f"{count:,} {phase}" for phase, count in sorted(phases(bed.api).items()))
    say(f"complete: {len(bed.api.objects('Node')):,} nodes; pods: {counts}")
    return bed


def _kubeconfig(bed: LiveBed, wanted: str) -> str:
    """Return the path of a kubeconfig for a user who may only read what kubestow reads."""
    role = yaml.safe_load((shop.SHOP.parent / "read-only.yaml").read_text(encoding="utf-8"))
    written = bed.kubeconfig_of_reader(role)
    if not wanted:
        return written
    path = Path(wanted).resolve()
    path.write_bytes(Path(written).read_bytes())
    return str(path)


def _usage(path: str, administrator: str, address: str) -> str:
    return f"""
The cluster is there until Ctrl-C. In a browser: {address}
In a terminal:

  kubestow top --kubeconfig {path}
  kubestow advise --kubeconfig {path} --policy optimal,cluster-autoscaler
  kubestow plan --kubeconfig {path} --from-scratch
  kubestow compare --kubeconfig {path} --from-scratch

Whoever may change it: kubectl --kubeconfig {administrator} get pods -A
"""


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt
