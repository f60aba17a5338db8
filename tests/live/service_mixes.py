"""Writes a service mix of the benchmarks as what a cluster is asked for: Deployments and the rest.

Law: a kind, a number of pods and a seed make the same file.
"""

import argparse
import json
from itertools import groupby

from benchmarks.service_mix import KINDS, kind_of_mix
from tests.differential.model import Object
from tests.mixes import daemonset_object, pod_object

from kubestow.model.pod import Pod

_PORTS = [{"port": 80}]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of a mix."""
    parser.add_argument("--kind", choices=sorted(KINDS), required=True)
    parser.add_argument("--pods", type=int, default=3_500)
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--prefix", default="", help="before each name, for a second mix")


def run(options: argparse.Namespace) -> int:
    """Print the mix as a list of manifests."""
    items = documents(options.kind, options.pods, options.seed, options.prefix)
    print(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return 0


def documents(kind: str, pods: int, seed: int, prefix: str = "") -> list[Object]:
    """Return a mix of at least so many pods as Namespaces, DaemonSets, Services and Deployments."""
    mix = kind_of_mix(kind, pods, seed)
    apps = groupby(mix.pods, lambda pod: dict(pod.labels)["app"])
    found = [_namespace("shop")] if not prefix else []
    found += [] if prefix else map(daemonset_object, mix.daemonsets)
    for app, group in apps:
        found += _service(f"{prefix}{app}", tuple(group))
    return found


def _namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _service(name: str, pods: tuple[Pod, ...]) -> list[Object]:
    """Return the Service and the Deployment of pods that are alike."""
    text = json.dumps(pod_object(pods[0])).replace(f'"app": "{_app(pods[0])}"', f'"app": "{name}"')
    pod = json.loads(text)
    namespace, labels = pod["metadata"]["namespace"], pod["metadata"]["labels"]
    head = {"name": name, "namespace": namespace}
    template = {"metadata": {"labels": labels}, "spec": pod["spec"]}
    spec = {"replicas": len(pods), "selector": {"matchLabels": labels}, "template": template}
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": head,
         "spec": {"selector": labels, "ports": _PORTS}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": head, "spec": spec},
    ]  # fmt: skip


def _app(pod: Pod) -> str:
    return dict(pod.labels)["app"]
