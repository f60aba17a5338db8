"""Scheduler profiles that both sides are given: kube-scheduler runs with one, kubestow reads it.

Law: a profile here is what a user would write into a KubeSchedulerConfiguration.
"""

from typing import Any

from .generator import words
from .generator.dice import Dice
from .model import Case, Object, key

_STORAGE = "ephemeral-storage"


def _plugin(name: str, **args: Any) -> list[Object]:
    return [{"name": name, "args": args}]


def _fit(kind: str, resources: dict[str, int], **more: Any) -> list[Object]:
    listed = [{"name": name, "weight": weight} for name, weight in resources.items()]
    strategy = {"type": kind, **({"resources": listed} if listed else {}), **more}
    return _plugin("NodeResourcesFit", scoringStrategy=strategy)


def _shape(*points: tuple[int, int]) -> Object:
    return {"shape": [{"utilization": used, "score": score} for used, score in points]}


def _balanced(*names: str) -> list[Object]:
    return _plugin("NodeResourcesBalancedAllocation", resources=[{"name": name} for name in names])


def _default_spread(*constraints: tuple[str, int, str]) -> list[Object]:
    listed = [
        {"topologyKey": key, "maxSkew": skew, "whenUnsatisfiable": action}
        for key, skew, action in constraints
    ]
    return _plugin("PodTopologySpread", defaultingType="List", defaultConstraints=listed)


def _expression(key: str, operator: str, *values: str) -> Object:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def _weights(**weights: int) -> Object:
    return {"score": {"enabled": [{"name": n, "weight": w} for n, w in weights.items() if w]}}


_ADDED = {
    "requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [
            _expression(words.ZONE, "In", "zone-a", "zone-b"),
            _expression(words.RACK, "In", "r1"),
        ]
    },
    "preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 20, "preference": _expression(words.RACK, "In", "r1", "r2")},
        {"weight": 7, "preference": _expression(words.CORES, "Gt", "3")},
    ],
}

PROFILES: dict[str, Object] = {
    "most-allocated": {"pluginConfig": _fit("MostAllocated", {})},
    "most-weighted": {
        "pluginConfig": _fit(
            "MostAllocated", {"cpu": 3, "memory": 1, words.GPU: 5, _STORAGE: 2, "pods": 9}
        )
    },
    "least-weighted": {
        "pluginConfig": [
            *_fit("LeastAllocated", {"memory": 2, "cpu": 1, _STORAGE: 1, words.GPU: 3}),
            *_balanced("cpu", words.GPU, "memory", _STORAGE),
        ]
    },
    "ratio": {
        "pluginConfig": [
            *_fit(
                "RequestedToCapacityRatio",
                {"cpu": 2, "memory": 1, words.GPU: 5},
                requestedToCapacityRatio=_shape((0, 0), (33, 10), (70, 3), (100, 8)),
            ),
            *_balanced(words.GPU, "cpu"),
        ]
    },
    "ratio-falling": {
        "pluginConfig": _fit(
            "RequestedToCapacityRatio",
            {"cpu": 7, "memory": 100, _STORAGE: 13},
            requestedToCapacityRatio=_shape((10, 10), (90, 0)),
        )
    },
    "weights": {
        "plugins": _weights(
            TaintToleration=1, NodeAffinity=7, PodTopologySpread=5, InterPodAffinity=11,
            NodeResourcesFit=3, NodeResourcesBalancedAllocation=2,
        ) | {"multiPoint": {"disabled": [{"name": "ImageLocality"}]}}
    },
    "one-scorer": {
        "plugins": {
            "score": {"disabled": [{"name": "*"}], "enabled": [{"name": "NodeResourcesFit"}]}
        },
        "pluginConfig": _fit("MostAllocated", {}),
    },
    "reordered": {
        "plugins": {
            "multiPoint": {
                "enabled": [{"name": "PodTopologySpread", "weight": 9}, {"name": "NodeAffinity"}],
            },
            "score": {"disabled": [{"name": "NodeResourcesBalancedAllocation"}]},
        }
    },
    "added-affinity": {"pluginConfig": _plugin("NodeAffinity", addedAffinity=_ADDED)},
    "default-constraints": {
        "pluginConfig": _default_spread(
            (words.ZONE, 1, "ScheduleAnyway"), (words.RACK, 2, "ScheduleAnyway"),
            (words.HOSTNAME, 2, "DoNotSchedule"), (words.ZONE, 4, "DoNotSchedule"),
        )
    },
    "no-default-constraints": {"pluginConfig": _default_spread()},
    "pod-affinity": {
        "pluginConfig": _plugin(
            "InterPodAffinity",
            hardPodAffinityWeight=40,
            ignorePreferredTermsOfExistingPods=True,
        )
    },
    "no-hard-pod-affinity": {"pluginConfig": _plugin("InterPodAffinity", hardPodAffinityWeight=0)},
}  # fmt: skip


def configuration(name: str) -> Object:
    """Return the file that kubestow reads for a profile."""
    return {
        "apiVersion": "kubescheduler.config.k8s.io/v1",
        "kind": "KubeSchedulerConfiguration",
        "profiles": [PROFILES[name]],
    }


def without_preemption(profile: Object, name: str) -> Object:
    """Return a profile as the compared scheduler runs it."""
    off = {"postFilter": {"disabled": [{"name": "*"}]}}
    return {**profile, "schedulerName": name, "plugins": {**profile.get("plugins", {}), **off}}


def prepared(case: Case) -> Case:
    """Return a case with what profiles look at: storage, fewer GPUs, and Services."""
    dice = Dice(f"kubestow profiles {case.name}")
    objects = []
    for item in case.objects:
        if item["kind"] == "Node":
            amounts = dict(item["status"]["capacity"])
            amounts.setdefault(_STORAGE, dice.choice(("0", "12Gi", "40Gi", "100Gi")))
            if dice.chance(0.3):
                amounts.pop(words.GPU, None)
            item = {**item, "status": {**item["status"], "capacity": amounts}}
            item["status"]["allocatable"] = amounts
        objects.append(item)
    places = sorted({key(pod).split("/")[0] for pod in case.pods})
    for namespace in places:
        objects += [_service(namespace, app) for app in dice.some(words.APPS, 0, 3)]
    return Case(case.name, objects, case.pods)


def _service(namespace: str, app: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": app, "namespace": namespace},
        "spec": {"selector": {"app": app}, "ports": [{"port": 80}]},
    }
