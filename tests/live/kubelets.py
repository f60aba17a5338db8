"""Stands in for the start of instances: each joins the cluster some seconds after its launch.

Law: what a Node is follows from the instance and from the user data it was launched with; who
launched it and why is not known here. An instance that ends leaves its Node to who manages it.
"""

import contextlib
import email
import random
import re
import threading
import time
import tomllib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from tests.differential.api import Client
from tests.differential.model import RefusedError

from kubestow.model.instance_type import Catalog
from kubestow.model.nodepool import NodeClass
from kubestow.model.taints import Taint

from .cloud import LiveCloud
from .node_groups import members
from .registration import joined
from .world import described, join

_PAUSE_SECONDS = 0.25
_READY_AFTER, _STARTS = "kubestow.test/ready-after", "5s"


@dataclass
class Kubelets:
    """Joins instances, after ``seconds`` (least and most) by the dice of ``seed``."""

    api: Client
    cloud: LiveCloud
    catalog: Catalog
    node_class: NodeClass
    seconds: tuple[float, float] = (1.0, 3.0)
    seed: int = 0
    groups: bool = False
    """Whether Auto Scaling groups are looked at, too: their Nodes end with their instances, and are
    Ready some seconds after they have come, as those of EKS are.
    """
    joined: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    _due: dict[str, float] = field(default_factory=dict)
    _grouped: set[str] = field(default_factory=set)

    def run(self, stopped: threading.Event) -> None:
        """Look at the cloud until stopped."""
        ec2 = self.cloud.client("ec2")
        dice = random.Random(self.seed)
        while not stopped.wait(_PAUSE_SECONDS):
            now = time.monotonic()
            if self.groups:
                self._look_at_groups(ec2)
            for name in list(self.cloud.templates):
                if name not in self._due:
                    self._due[name] = now + dice.uniform(*self.seconds)
            due = [name for name, at in self._due.items() if at <= now and name not in self.joined]
            if due:
                self._join(ec2, due)

    def _look_at_groups(self, ec2: Any) -> None:
        """Find new instances, and remove the Nodes of those that have ended, as EKS does."""
        found = members(self.cloud)
        self.cloud.templates |= found
        self._grouped |= found.keys()
        there = [name for name in self._grouped if self.joined.get(name)]
        for name, state in (_states(ec2, there) if there else {}).items():
            if state in ("shutting-down", "terminated"):
                node = self.joined[name]
                self.joined[name] = ""
                for kind, version in (("Node", "v1"), ("CSINode", "storage.k8s.io/v1")):
                    self.api.delete(
                        {"apiVersion": version, "kind": kind, "metadata": {"name": node}}
                    )

    def _join(self, ec2: Any, names: list[str]) -> None:
        states = _states(ec2, names)
        running = [name for name in names if states.get(name) in ("pending", "running")]
        for name, state in states.items():
            if state not in ("pending", "running"):
                self.joined[name] = ""
        for instance in described(ec2, running):
            told = booted(self._user_data(ec2, self.cloud.templates[instance.instance_id]))
            objects = joined(self.catalog, instance, self.node_class, told.labels, told.taints)
            if told.max_pods:
                objects[0]["status"]["allocatable"]["pods"] = str(told.max_pods)
            if instance.instance_id in self._grouped:
                objects[0]["metadata"].setdefault("annotations", {})[_READY_AFTER] = _STARTS
            try:
                join(self.api, objects)
            except RefusedError as problem:
                self.failures.append(str(problem))
            self.joined[instance.instance_id] = objects[0]["metadata"]["name"]

    def _user_data(self, ec2: Any, template: str) -> str:
        found = ec2.describe_launch_template_versions(
            LaunchTemplateName=template, Versions=["$Latest"]
        )
        text = found["LaunchTemplateVersions"][0]["LaunchTemplateData"]["UserData"]
        return b64decode(text).decode()


@dataclass(frozen=True)
class Booted:
    """What kubelet is told by user data."""

    labels: dict[str, str]
    taints: tuple[Taint, ...]
    max_pods: int = 0


def booted(text: str) -> Booted:
    """Return what nodeadm (a NodeConfig in MIME) or Bottlerocket (TOML) makes of user data."""
    if not text.startswith("MIME-Version"):
        settings = tomllib.loads(text)["settings"]["kubernetes"]
        taints = tuple(
            Taint(key, *value.rpartition(":")[::2])
            for key, values in settings.get("node-taints", {}).items()
            for value in values
        )
        return Booted(settings.get("node-labels", {}), taints, settings.get("max-pods", 0))
    configs = [
        yaml.safe_load(part.get_payload(decode=True))["spec"]["kubelet"]
        for part in email.message_from_string(text).walk()
        if part.get_content_type() == "application/node.eks.aws"
    ]
    flags = " ".join(flag for config in configs for flag in config.get("flags", ()))
    found = re.search(r"--node-labels=(\S+)", flags)
    labels = dict(item.split("=", 1) for item in found[1].strip('"').split(",")) if found else {}
    last = configs[-1]["config"]
    return Booted(
        labels,
        tuple(
            Taint(item["key"], item.get("value") or "", item["effect"])
            for item in last.get("registerWithTaints", ())
        ),
        last.get("maxPods", 0),
    )


def _states(ec2: Any, names: list[str]) -> dict[str, str]:
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "instance-id", "Values": names}]
    )
    return {
        item["InstanceId"]: item["State"]["Name"]
        for page in pages
        for reservation in page["Reservations"]
        for item in reservation["Instances"]
    }


@contextlib.contextmanager
def kubelets(made: Kubelets) -> Iterator[Kubelets]:
    """Run for the length of a block."""
    stopped = threading.Event()
    thread = threading.Thread(target=made.run, args=(stopped,), name="kubelets", daemon=True)
    thread.start()
    try:
        yield made
    finally:
        stopped.set()
        thread.join(10)
