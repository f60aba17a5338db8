"""What scores count a pod as, and the preferences they read."""

from collections.abc import Callable

import pytest

from kubestow.adapters.kubernetes.constraints import image_name
from kubestow.model.pod import Preferences
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Cluster

Read = Callable[..., Cluster]
MIB = 2**20
NONE, CPU, BOTH = "{}", "{cpu: 300m}", "{cpu: 300m, memory: 64Mi}"


def soft(read: Read, spec: str, *containers: str) -> Preferences:
    """Return the preferences of a pod whose containers have these requests."""
    held = ", ".join(f"{{name: c, resources: {{requests: {item}}}}}" for item in containers)
    more = f", {spec}" if spec else ""
    (pod,) = read(
        "{kind: Pod, metadata: {name: p, labels: {app: web, hash: h1}}, "
        f"spec: {{containers: [{held}]{more}}}}}"
    ).pods
    return pod.template.preferences


def init(requests: str, *, sidecar: bool = False) -> str:
    policy = "restartPolicy: Always, " if sidecar else ""
    return f"initContainers: [{{name: i, {policy}resources: {{requests: {requests}}}}}]"


LEVEL = "resources: {requests: {cpu: 2, memory: 1Gi}}"
LEVEL_CPU = "resources: {requests: {cpu: 2}}"
OVERHEAD = "overhead: {cpu: 50m, memory: 10Mi}"
DEFAULTED: list[
    tuple[str, str, tuple[str, ...], tuple[int, int] | None, tuple[int, int] | None]
] = [
    # arriving, and on a node: (millicpu, MiB)
    ("a container that names both counts as it is", "", (BOTH,), None, None),
    ("one that names nothing counts as 100m and 200 MiB", "", (NONE,), (100, 200), (100, 200)),
    ("one that names cpu gets the memory alone", "", (CPU,), (300, 200), (300, 200)),
    ("each container gets its own", "", (NONE, CPU, BOTH), (700, 464), (700, 464)),
    ("an init container gets them too", init(NONE), (BOTH,), (300, 200), (300, 200)),
    ("a sidecar is added", init(NONE, sidecar=True), (BOTH,), (400, 264), (400, 264)),
    ("overhead comes on top", OVERHEAD, (NONE,), (150, 210), (150, 210)),
    ("overhead alone gives nothing a default", OVERHEAD, (BOTH,), None, None),
    ("pod-level requests stand once it is on a node", LEVEL, (NONE,), (100, 200), (2000, 1024)),
    ("whatever its containers say", LEVEL, (BOTH,), (300, 64), (2000, 1024)),
    ("what the pod level leaves out is defaulted a container", LEVEL_CPU, (NONE, NONE),
     (200, 400), (2000, 400)),
    ("unless a container names it", LEVEL_CPU, (NONE, BOTH), (400, 264), (2000, 64)),
    ("or overhead does", f"{LEVEL_CPU}, {OVERHEAD}", (NONE,), (150, 210), (2050, 10)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "spec", "containers", "arriving", "bound"),
    DEFAULTED,
    ids=[name for name, *_ in DEFAULTED],
)
def test_defaults_in_scores(
    read: Read, sentence: str, spec: str, containers: tuple[str, ...],
    arriving: tuple[int, int] | None, *, bound: tuple[int, int] | None,
) -> None:  # fmt: skip
    found = soft(read, spec, *containers)
    expected = [value and (value[0], value[1] * MIB) for value in (arriving, bound)]
    assert [found.defaulted, found.defaulted_bound] == expected, sentence


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nginx", "nginx:latest"),
        ("nginx:1.27", "nginx:1.27"),
        ("registry:5000/nginx", "registry:5000/nginx:latest"),
        ("registry:5000/nginx:1", "registry:5000/nginx:1"),
        ("nginx@sha256:ab", "nginx@sha256:ab"),
    ],
)
def test_an_image_s_name_has_its_tag_as_nodes_report_it(name: str, expected: str) -> None:
    assert image_name(name) == expected


def test_what_is_schedule_anyway_or_preferred_is_no_requirement(read: Read) -> None:
    (pod,) = read(
        """
        kind: Pod
        metadata: {name: p, labels: {app: web, hash: h1}}
        spec:
          containers: [{name: c, image: app, resources: {requests: {cpu: 1, memory: 1Gi}}}]
          topologySpreadConstraints:
          - {topologyKey: zone, maxSkew: 2, whenUnsatisfiable: ScheduleAnyway,
             labelSelector: {matchLabels: {app: web}}, matchLabelKeys: [hash, none]}
          - {topologyKey: host, maxSkew: 1, whenUnsatisfiable: DoNotSchedule,
             labelSelector: {matchLabels: {app: web}}}
          affinity:
            nodeAffinity:
              preferredDuringSchedulingIgnoredDuringExecution:
              - weight: 5
                preference: {matchExpressions: [{key: disk, operator: In, values: [fast]}]}
            podAntiAffinity:
              preferredDuringSchedulingIgnoredDuringExecution:
              - weight: 7
                podAffinityTerm: {topologyKey: zone, labelSelector: {}, mismatchLabelKeys: [hash]}
        """
    ).pods
    template, found = pod.template, pod.template.preferences
    web = SelectorRequirement("app", "In", ("web",))
    assert [c.topology_key for c in template.spread] == ["host"]
    assert [(c.topology_key, c.max_skew) for c in found.spread] == [("zone", 2)]
    assert found.spread[0].selector == LabelSelector(
        (web, SelectorRequirement("hash", "In", ("h1",)))
    )
    assert [(w, t.expressions[0].key) for w, t in found.node_affinity] == [(5, "disk")]
    ((weight, term),) = found.anti_affinity
    assert (weight, term.topology_key) == (7, "zone")
    assert term.selector == LabelSelector((SelectorRequirement("hash", "NotIn", ("h1",)),))
    assert (template.node_affinity, template.anti_affinity, found.affinity) == (None, (), ())
    assert found.images == ("app:latest",)
