"""The message of PodScheduled=False, read back as a histogram of reasons.

Formats (v1.34.4): "0/9 nodes are available: 3 Insufficient cpu, 6 node(s) were unschedulable."
counts reasons; "0/9 nodes are available: persistentvolumeclaim "data" not found." comes from
PreFilter, has no counts and stands for every node. What preemption says follows after a full stop.
"""

import re

_START = re.compile(r"^0/(\d+) nodes are available: ?")
_NEXT = re.compile(r", (?=\d+ )")
_COUNTED = re.compile(r"^(\d+) (.+)$", re.DOTALL)
NO_NODES = "no nodes available to schedule pods"


def histogram(message: str) -> dict[str, int] | None:
    """Return how often each reason was given, or None if the message is not of this form."""
    if message == NO_NODES:
        return {}
    start = _START.match(message)
    if not start:
        return None
    text = message[start.end() :].partition(" preemption: ")[0].strip().removesuffix(".")
    if not text:
        return {}
    found: dict[str, int] = {}
    for part in _NEXT.split(text):
        counted = _COUNTED.match(part)
        if not counted:
            return {text: int(start.group(1))}
        found[counted.group(2)] = found.get(counted.group(2), 0) + int(counted.group(1))
    return found


def from_prefilter(message: str) -> bool:
    """Return whether PreFilter rejected the pod, so that no node was looked at."""
    start = _START.match(message)
    return bool(start) and not message[start.end() : start.end() + 1].isdigit()


_PLUGIN_OF = (
    ("node(s) were unschedulable", "NodeUnschedulable"),
    ("node(s) had unknown conditions", "NodeUnschedulable"),
    ("node(s) didn't match the requested node name", "NodeName"),
    ("node(s) had untolerated taint", "TaintToleration"),
    ("node(s) didn't match Pod's node affinity", "NodeAffinity"),
    ("node(s) didn't satisfy plugin(s) [NodeAffinity", "NodeAffinity"),
    ("node(s) didn't match scheduler-enforced node affinity", "NodeAffinity"),
    ("pod affinity terms conflict", "NodeAffinity"),
    ("node(s) didn't have free ports", "NodePorts"),
    ("Insufficient ", "NodeResourcesFit"),
    ("Too many pods", "NodeResourcesFit"),
    ("node(s) had no available disk", "VolumeRestrictions"),
    ("node(s) unavailable due to PersistentVolumeClaim with Read", "VolumeRestrictions"),
    ("node(s) exceed max volume count", "NodeVolumeLimits"),
    ("node(s) didn't find available persistent volumes", "VolumeBinding"),
    ("node(s) didn't match PersistentVolume's node affinity", "VolumeBinding"),
    ("node(s) did not have enough free storage", "VolumeBinding"),
    ("node(s) unavailable due to one or more pvc(s)", "VolumeBinding"),
    ("pod has unbound immediate PersistentVolumeClaims", "VolumeBinding"),
    ("waiting for ephemeral volume controller", "VolumeBinding"),
    ("node(s) had no available volume zone", "VolumeZone"),
    ("node(s) didn't match pod topology spread", "PodTopologySpread"),
    ("node(s) didn't satisfy existing pods anti-affinity", "InterPodAffinity"),
    ("node(s) didn't match pod affinity rules", "InterPodAffinity"),
    ("node(s) didn't match pod anti-affinity rules", "InterPodAffinity"),
)


_PREFILTER = (
    (re.compile(r'^persistentvolumeclaim ".*" not found$'), "VolumeRestrictions"),
    (re.compile(r'^persistentvolumeclaim ".*" (bound to non-existent|is being)'), "VolumeBinding"),
    (re.compile(r'^persistentvolume ".*" not found$'), "VolumeZone"),
)


def plugin_of(reason: str) -> str:
    """Return the Filter plugin that gives a reason."""
    for start, plugin in _PLUGIN_OF:
        if reason.startswith(start):
            return plugin
    for pattern, plugin in _PREFILTER:
        if pattern.match(reason):
            return plugin
    return "other: " + reason
