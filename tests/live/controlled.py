"""A workload on a cluster that the controller runs, from nothing: what it cost and how it went.

Law: what is told is taken from EC2's and the API server's answers, never from the controller, which
is a process of its own with the rights of its role.
"""

import argparse
import contextlib
import json
import os
import random
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml
from tests.differential.audit import AuditedRequest
from tests.differential.model import Object
from tests.differential.processes import Child, child

from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.documents import read_documents
from kubestow.adapters.kubernetes.launch_classes import read_launch_classes
from kubestow.adapters.sources import read_sources
from kubestow.model.input_error import InputProblem
from kubestow.model.instance_type import NANO_USD, ON_DEMAND, Catalog
from kubestow.model.launch_class import LaunchClass
from kubestow.model.nodepool import NodeClass

from .account import furnish
from .bed import LiveBed, live_bed
from .cloud import LiveCloud, cloud
from .kubelets import Kubelets, kubelets
from .workloads import listed, phases

CLUSTER, QUEUE = "test-bed", "interruptions"
_EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_PLURALS = {
    "Namespace": "v1/namespaces", "Pod": "v1/pods", "Service": "v1/services",
    "ConfigMap": "v1/configmaps", "LimitRange": "v1/limitranges",
    "PersistentVolumeClaim": "v1/persistentvolumeclaims",
    "Deployment": "apps/v1/deployments", "StatefulSet": "apps/v1/statefulsets",
    "DaemonSet": "apps/v1/daemonsets", "ReplicaSet": "apps/v1/replicasets",
    "Job": "batch/v1/jobs", "CronJob": "batch/v1/cronjobs",
    "PriorityClass": "scheduling.k8s.io/v1/priorityclasses",
    "StorageClass": "storage.k8s.io/v1/storageclasses",
    "PodDisruptionBudget": "policy/v1/poddisruptionbudgets",
    "HorizontalPodAutoscaler": "autoscaling/v2/horizontalpodautoscalers",
}  # fmt: skip
_WIDE = ("Namespace", "PriorityClass", "StorageClass")
_FIRST = (*_WIDE, "LimitRange", "PodDisruptionBudget", "Service")
_LAST = ("Pod",)
_LOOK_SECONDS = 1.0
_NOTICE_SECONDS = 120.0
_DAEMONSETS = "daemon-set-controller"
"""How the agent ends that makes the pods of DaemonSets."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of a controlled run."""
    parser.add_argument("--workload", required=True, help="manifests: YAML, JSON or a list")
    parser.add_argument("--nodepool", required=True, help="NodePools and EC2NodeClasses")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--quiet", type=float, default=45.0,
                        help="seconds without an action after which it is over")  # fmt: skip
    parser.add_argument("--minutes", type=float, default=10.0, help="the longest that it runs")
    parser.add_argument("--policy", default="optimal")
    parser.add_argument("--start-seconds", type=float, nargs=2, default=(1.0, 3.0),
                        help="how long instances take to join, at least and at most")  # fmt: skip
    parser.add_argument("--then-create", default="",
                        help="manifests of more pods, once all pods run")  # fmt: skip
    parser.add_argument("--then-interrupt", type=float, default=0.0,
                        help="the share of spot nodes that EC2 takes back at once")  # fmt: skip
    parser.add_argument("--then-scale", type=float, default=1.0,
                        help="the share of replicas to keep once all pods run")  # fmt: skip
    parser.add_argument("--exhausted", type=float, default=0.0,
                        help="the share of offerings without capacity, by the seed")  # fmt: skip
    parser.add_argument("--wait", type=float, default=0.0,
                        help="seconds that the controller runs before the workload")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", default="", help="where to write the controller's log")
    parser.add_argument("-o", "--output", choices=("json",), default="json")


@dataclass
class Measured:
    """What was seen of a run; seconds are since the last object was created."""

    usd_per_hour: float = 0.0
    pending: int = 0
    nodes: int = 0
    evictions: int = 0
    landed: int = 0
    asked: float | None = None
    first_all_running: float | None = None
    last_action: float | None = None

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "usdPerHour": round(self.usd_per_hour, 4),
            "pending": self.pending,
            "nodes": self.nodes,
            "evictions": self.evictions,
            "landedAsPlanned": self.landed,
            "lastFirstLaunchSeconds": self.asked,
            "firstAllRunningSeconds": self.first_all_running,
            "lastActionSeconds": self.last_action,
        }


def run(options: argparse.Namespace) -> int:
    """Run a workload and print what was measured."""
    catalog = load_catalog(options.region, embedded_only=True)

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    with contextlib.ExitStack() as stack:
        served = stack.enter_context(cloud(catalog))
        furnish(served, CLUSTER, launch_classes(options.nodepool), QUEUE)
        offerings = sorted(served.prices)
        lacking = round(options.exhausted * len(offerings))
        served.exhausted |= set(random.Random(options.seed).sample(offerings, lacking))
        bed = stack.enter_context(live_bed(say, audited=True))
        made = Kubelets(
            bed.api, served, catalog, NodeClass(), tuple(options.start_seconds), options.seed
        )
        stack.enter_context(kubelets(made))
        process = stack.enter_context(controller(bed, served, options))
        time.sleep(options.wait)
        say("the controller runs; the workload is created")
        started = create(bed, documents(Path(options.workload)))
        scene = _Scene(bed, served, catalog, process, (options.minutes * 60, options.quiet))
        found = scene.watch(started).document()
        if options.then_create:
            say(f"{options.then_create} is created")
            made_at = create(bed, documents(Path(options.then_create)))
            found["afterCreation"] = scene.watch(made_at).document()
        if options.then_interrupt:
            say(f"{options.then_interrupt:.0%} of the spot nodes are interrupted")
            found["afterInterruption"] = scene.interrupted(options.then_interrupt, options.seed)
        if options.then_scale < 1.0:
            say(f"all replicas are scaled to {options.then_scale:.0%}")
            scaled = scale(bed, documents(Path(options.workload)), options.then_scale)
            found["afterScaling"] = scene.watch(scaled).document()
        for failure in made.failures:
            say(failure)
    print(json.dumps(found, indent=2))
    return 0


def documents(path: Path) -> list[Object]:
    """Return the objects of a file, those that others need first."""
    text = path.read_text(encoding="utf-8")
    found = [json.loads(text)] if text.lstrip().startswith("{") else list(yaml.safe_load_all(text))
    flat = [
        item
        for document in found
        if document
        for item in (document["items"] if document["kind"].endswith("List") else [document])
    ]
    return sorted(flat, key=lambda item: (item["kind"] not in _FIRST, item["kind"] in _LAST))


def launch_classes(path: str) -> list[LaunchClass]:
    """Return the EC2NodeClasses of a file; what cannot be launched is said."""
    problems: list[InputProblem] = []
    sources = read_sources([path], problems)
    found = [item for source in sources for item in read_documents(source, problems)]
    classes = read_launch_classes(found, problems)
    for problem in problems:
        print(f"{problem.subject}: {problem.field}: {problem.message}", file=sys.stderr)
    return list(classes.values())


def create(bed: LiveBed, objects: list[Object]) -> float:
    """Create objects and the namespaces they are in; return when the last was created."""
    named = {item["metadata"]["name"] for item in objects if item["kind"] == "Namespace"}
    wanted = {item["metadata"].setdefault("namespace", "default")
              for item in objects if item["kind"] not in _WIDE}  # fmt: skip
    there = {item["metadata"]["name"] for item in bed.api.objects("Namespace")}
    for name in sorted(wanted - named - there):
        bed.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    first = [item for item in objects if item["kind"] in _FIRST]
    for item in first:
        bed.api.call("POST", _place(item), item)
    bed.api.each(
        lambda item: bed.api.call("POST", _place(item), item),
        [item for item in objects if item["kind"] not in _FIRST],
    )
    return time.time()


def scale(bed: LiveBed, objects: list[Object], share: float) -> float:
    """Scale every Deployment and StatefulSet to a share of its replicas; return when."""
    for item in objects:
        if item["kind"] in ("Deployment", "StatefulSet"):
            replicas = max(1, round(item["spec"].get("replicas", 1) * share))
            name = item["metadata"]["name"]
            headers = {"Content-Type": "application/merge-patch+json"}
            bed.api.request(
                "PATCH", f"{_place(item)}/{name}", {"spec": {"replicas": replicas}}, headers=headers
            )
    return time.time()


def _place(item: Object) -> str:
    group, _, plural = _PLURALS[item["kind"]].rpartition("/")
    root = "/api" if group == "v1" else "/apis"
    namespace = item["metadata"].get("namespace") if item["kind"] not in _WIDE else None
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}/{group}{inside}/{plural}"


def roles(*names: str) -> list[Object]:
    """Return the roles of examples."""
    return [
        role
        for name in names
        for role in yaml.safe_load_all((_EXAMPLES / name).read_text(encoding="utf-8"))
    ]


@contextlib.contextmanager
def controller(
    bed: LiveBed, served: LiveCloud, options: argparse.Namespace, *more: str
) -> Iterator[Child]:
    """Run the controller for the length of a block.

    Where ``options`` have a ``port``, it is that through which the API server is reached.
    """
    # again does no harm
    kubeconfig = bed.kubeconfig_of_reader(*roles("read-only.yaml", "controller.yaml"))
    if port := getattr(options, "port", 0):
        direct = Path(kubeconfig)
        text = direct.read_text("utf-8").replace(f":{bed.plane.port}", f":{port}")
        kubeconfig = str(direct.with_name("gated.kubeconfig"))
        Path(kubeconfig).write_text(text, "utf-8")
    settings = {
        "AWS_ENDPOINT_URL": served.endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [
        "env", *(f"{key}={value}" for key, value in settings.items()),
        sys.executable, "-m", "kubestow", "run", "--kubeconfig", kubeconfig,
        "--eks-cluster", CLUSTER, "--region", options.region,
        *(("--nodepool", options.nodepool) if options.nodepool else ()),
        "--mode", "act", "--unverified-cluster", "--policy", options.policy,
        "--interruption-queue", QUEUE, *more,
    ]  # fmt: skip
    log = open(options.log or os.devnull, "wb", buffering=0)  # noqa: SIM115 # closed with the block
    with log, child("kubestow run", command, log.write) as running:
        yield running


@dataclass(frozen=True)
class _Scene:
    """A controller at work; ``patience`` are the seconds to watch, and those without an action."""

    bed: LiveBed
    served: LiveCloud
    catalog: Catalog
    process: Child
    patience: tuple[float, float]

    def watch(self, started: float) -> Measured:
        """Look until nothing has been done for a while, or the time is over."""
        measured, (seconds, quiet) = Measured(), self.patience
        deadline = time.monotonic() + seconds
        took = 0.0
        while time.monotonic() < deadline:
            time.sleep(max(_LOOK_SECONDS, 3 * took))  # the log of many requests is long
            began = time.monotonic()
            if not self.process.running:
                raise RuntimeError(f"the controller ended\n{self.process.tail()}")
            found = phases(self.bed.api)
            if measured.first_all_running is None and found and not found.get("Pending", 0):
                measured.first_all_running = round(time.time() - started, 1)
                measured.asked = self._asked()
            last = max((item.at for item in actions(self.bed)), default=None)
            if last is None or measured.first_all_running is None:
                continue
            measured.last_action = round(last - started, 1)
            took = time.monotonic() - began
            if time.time() - max(last, started) > quiet:
                break
        return measured_now(self.bed, self.served, self.catalog, measured)

    def _asked(self) -> float | None:
        """Return how long after the last pod was made the last of the launches so far was made.

        Pods of DaemonSets come with the nodes that were launched.
        """
        now, clock = time.time(), time.monotonic()
        made = [
            item.at
            for item in self.bed.plane.audited_requests()
            if (item.verb, item.resource) == ("create", "pods")
            and item.status == HTTPStatus.CREATED
            and not item.agent.endswith(_DAEMONSETS)
        ]
        launched = list(self.served.faults.launches.values())
        if not (made and launched):
            return None
        return round(now - clock + max(launched) - max(made), 1)

    def interrupted(self, share: float, seed: int) -> dict[str, Any]:
        """Let EC2 take back a share of the spot nodes; return what was seen then."""
        spot = [item for item in running(self.served) if item.get("InstanceLifecycle") == "spot"]
        chosen = random.Random(seed).sample(spot, max(1, round(share * len(spot)))) if spot else []
        names = [item["InstanceId"] for item in chosen]
        began, clock = time.time(), time.monotonic()
        for name in names:
            notify(self.served, name)
        timer = threading.Timer(_NOTICE_SECONDS, _take_back, (self.served, names))
        timer.daemon = True
        timer.start()
        time.sleep(_LOOK_SECONDS)
        seen = self.watch(began).document()
        asked = [at - clock for at in self.served.faults.launches.values() if at > clock]
        return seen | {
            "interrupted": len(names),
            "successorsAskedForAfterSeconds": round(min(asked), 1) if asked else None,
        }


def notify(served: LiveCloud, instance: str) -> None:
    """Send what EventBridge sends two minutes before a spot instance is taken back."""
    sqs = served.client("sqs")
    event = {
        "detail-type": "EC2 Spot Instance Interruption Warning",
        "source": "aws.ec2",
        "detail": {"instance-id": instance, "instance-action": "terminate"},
    }
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))


def _take_back(served: LiveCloud, instances: list[str]) -> None:
    """Take back what is still there: moto takes a spot request's instance like any other."""
    there = {item["InstanceId"] for item in running(served)}
    if wanted := sorted(there & set(instances)):
        served.client("ec2").terminate_instances(InstanceIds=wanted)


def running(served: LiveCloud) -> list[dict[str, Any]]:
    """Return the instances that run."""
    return [
        item
        for page in served.client("ec2").get_paginator("describe_instances").paginate()
        for reservation in page["Reservations"]
        for item in reservation["Instances"]
        if item["State"]["Name"] in ("pending", "running")
    ]


def usd_per_hour(
    instances: Iterable[dict[str, Any]], prices: Mapping[tuple[str, str, str], int]
) -> float:
    """Return what instances cost."""
    places = (
        (
            item["InstanceType"],
            item["Placement"]["AvailabilityZone"],
            item.get("InstanceLifecycle", ON_DEMAND),
        )
        for item in instances
    )
    return sum(prices[place] for place in places) / NANO_USD


def actions(bed: LiveBed) -> list[AuditedRequest]:
    """Return what the controller did to the cluster, but for its Lease and events."""
    return [
        item
        for item in bed.plane.audited_requests("reader")
        if item.verb not in ("get", "list", "watch")
        and "leases" not in item.resource
        and "events" not in item.resource
        and 200 <= item.status < 300
    ]


def evictions(bed: LiveBed, done: Iterable[AuditedRequest]) -> int:
    """Return how many actions evicted a pod, but for DaemonSets' pods: they go with their node."""
    of_nodes = {
        (item["metadata"]["namespace"], item["metadata"]["name"])
        for item in listed(bed.api, "apps/v1/daemonsets")
    }
    return sum(
        item.resource == "pods/eviction"
        and (item.namespace, item.name.rpartition("-")[0]) not in of_nodes
        for item in done
    )


def measured_now(bed: LiveBed, served: LiveCloud, catalog: Catalog, measured: Measured) -> Measured:
    """Fill in what runs and what was done."""
    done = actions(bed)
    measured.usd_per_hour = usd_per_hour(running(served), catalog.prices())
    measured.nodes = len(bed.api.objects("Node"))
    measured.pending = phases(bed.api).get("Pending", 0)
    measured.evictions = evictions(bed, done)
    measured.landed = sum(item.resource == "pods/binding" for item in done)
    return measured
