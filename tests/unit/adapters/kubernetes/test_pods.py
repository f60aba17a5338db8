from collections.abc import Callable

import pytest

from kubestow.model.pod import HostPort, PodTemplate
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Toleration

Read = Callable[..., Cluster]
TERM = "requiredDuringSchedulingIgnoredDuringExecution"


def template_of(read: Read, spec: str, containers: str = "[{name: c}]") -> PodTemplate:
    (pod,) = read(
        "{kind: Pod, metadata: {name: p, labels: {app: web, hash: h1}}, "
        f"spec: {{containers: {containers}{', ' if spec else ''}{spec}}}}}"
    ).pods
    return pod.template


@pytest.mark.parametrize(
    ("inits", "millicpu"),
    [
        ("[]", 1000),
        ("[{resources: {requests: {cpu: 3}}}]", 3000),
        ("[{restartPolicy: Always, resources: {requests: {cpu: 1}}}]", 2000),
        ("[{restartPolicy: Always, resources: {requests: {cpu: 1}}}, "
         "{resources: {requests: {cpu: 3}}}]", 4000),
        ("[{resources: {limits: {cpu: 3}}}, "
         "{restartPolicy: Always, resources: {requests: {cpu: 1}}}]", 3000),
    ],
)  # fmt: skip
def test_init_containers_and_sidecars_count_at_their_peak(
    read: Read, inits: str, millicpu: int
) -> None:
    found = template_of(
        read, f"initContainers: {inits}", "[{name: c, resources: {requests: {cpu: 1}}}]"
    )
    assert found.requests == (("cpu", millicpu),)


@pytest.mark.parametrize(
    ("spec", "containers", "requests"),
    [
        ("resources: {requests: {cpu: 3}}", "[{resources: {requests: {cpu: 1}}}]", {"cpu": 3000}),
        ("resources: {limits: {cpu: 3}}", "[{name: c}]", {"cpu": 3000}),
        ("resources: {limits: {cpu: 3}}", "[{resources: {requests: {cpu: 1}}}]", {"cpu": 1000}),
        ("resources: {limits: {cpu: 3}}, initContainers: [{resources: {requests: {cpu: 1}}}]",
         "[{name: c}]", {"cpu": 1000}),
        ("resources: {requests: {cpu: 3}}",
         "[{resources: {requests: {memory: 64Mi}, limits: {hugepages-2Mi: 4Mi}}}]",
         {"cpu": 3000, "memory": 64 * 2**20, "hugepages-2Mi": 4 * 2**20}),
        ("overhead: {cpu: 250m}", "[{resources: {requests: {cpu: 1}}}]", {"cpu": 1250}),
    ],
)  # fmt: skip
def test_pod_level_resources_and_overhead_are_taken_in(
    read: Read, spec: str, containers: str, requests: dict[str, int]
) -> None:
    assert dict(template_of(read, spec, containers).requests) == requests


@pytest.mark.parametrize(
    ("spec", "containers", "ports"),
    [
        ("", "[{ports: [{containerPort: 80}]}]", []),
        ("", "[{ports: [{containerPort: 80, hostPort: 8080}]}]", [("0.0.0.0", "TCP", 8080)]),
        ("", "[{ports: [{containerPort: 53, hostPort: 53, protocol: UDP, hostIP: 10.0.0.1}]}]",
         [("10.0.0.1", "UDP", 53)]),
        ("hostNetwork: true", "[{ports: [{containerPort: 80}]}]", [("0.0.0.0", "TCP", 80)]),
        ("hostNetwork: true", "[{ports: [{containerPort: 80}, {containerPort: 80}]}]",
         [("0.0.0.0", "TCP", 80)]),
        ("hostNetwork: true, initContainers: [{restartPolicy: Always, ports: "
            "[{containerPort: 9}]}, "
         "{ports: [{containerPort: 7}]}]", "[{name: c}]", [("0.0.0.0", "TCP", 9)]),
    ],
)  # fmt: skip
def test_host_ports_are_those_asked_for_and_all_on_the_host_network(
    read: Read, spec: str, containers: str, ports: list[tuple[str, str, int]]
) -> None:
    found = template_of(read, spec, containers)
    assert found.host_ports == tuple(HostPort(*port) for port in ports)


def spread(more: str, when: str = "DoNotSchedule") -> str:
    return (
        "topologySpreadConstraints: [{maxSkew: 2, topologyKey: zone, "
        f"whenUnsatisfiable: {when}{more}}}]"
    )


def test_only_spread_constraints_that_filter_are_kept(read: Read) -> None:
    assert template_of(read, spread("", "ScheduleAnyway")).spread == ()
    (kept,) = template_of(read, spread(", labelSelector: {matchLabels: {app: web}}")).spread
    assert (kept.topology_key, kept.max_skew, kept.min_domains) == ("zone", 2, 1)
    assert (kept.honor_affinity, kept.honor_taints) == (True, False)


def test_spread_policies_and_domains_are_read(read: Read) -> None:
    more = ", minDomains: 3, nodeAffinityPolicy: Ignore, nodeTaintsPolicy: Honor"
    (kept,) = template_of(read, spread(more)).spread
    assert (kept.min_domains, kept.honor_affinity, kept.honor_taints) == (3, False, True)
    assert kept.selector is None


def test_match_label_keys_add_the_pods_own_values(read: Read) -> None:
    hashed = LabelSelector((SelectorRequirement("hash", "In", ("h1",)),))
    (kept,) = template_of(read, spread(", labelSelector: {}, matchLabelKeys: [hash, gone]")).spread
    assert kept.selector == hashed
    (without,) = template_of(read, spread(", matchLabelKeys: [hash]")).spread
    assert without.selector is None


def test_affinity_terms_merge_match_and_mismatch_label_keys(read: Read) -> None:
    found = template_of(
        read,
        f"affinity: {{podAffinity: {{{TERM}: [{{topologyKey: zone, labelSelector: {{}}, "
        "matchLabelKeys: [hash], mismatchLabelKeys: [app]}]}, "
        f"podAntiAffinity: {{{TERM}: [{{topologyKey: host, namespaces: [b, a], "
        "labelSelector: {matchLabels: {app: web}}, namespaceSelector: {}}]}}",
    )
    assert found.affinity[0].selector == LabelSelector(
        (SelectorRequirement("app", "NotIn", ("web",)), SelectorRequirement("hash", "In", ("h1",)))
    )
    assert found.anti_affinity[0].namespaces == ("a", "b")
    assert found.anti_affinity[0].namespace_selector == LabelSelector()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("schedulerName: volcano", "it is scheduled by volcano, not by kube-scheduler"),
        ("schedulerName: default-scheduler", None),
        ("resourceClaims: [{name: gpu}]",
         "dynamic resource claims (resourceClaims) are not supported yet"),
        ("volumes: [{name: v, cinder: {}}]", "inline volume v of type cinder is not supported"),
        ("volumes: [{name: v, emptyDir: {}}]", None),
        ("os: {name: linux}", None),
        ("os: {name: windows}",
         "it needs Windows nodes (os.name), and nodes are planned with Linux"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_named(read: Read, spec: str, said: str | None) -> None:
    assert template_of(read, spec).unsupported == ((said,) if said else ())


def test_volumes_name_claims_and_make_ephemeral_ones(read: Read) -> None:
    cluster = read(
        "{kind: Pod, metadata: {name: p}, spec: {containers: [{name: c}], volumes: ["
        "{name: a, persistentVolumeClaim: {claimName: data}}, "
        "{name: b, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: gp3}}}}, "
        "{name: e, awsElasticBlockStore: {volumeID: vol-1}}]}}"
    )
    assert cluster.pods[0].volume_claims == ("data", "p-b")
    assert cluster.pods[0].template.inline_ebs_volumes == ("vol-1",)
    assert cluster.claims["default", "p-b"].storage_class == "gp3"


def test_equal_pods_share_one_template_however_they_are_written(read: Read) -> None:
    spec = "{name: %s}, spec: {containers: [{name: c, resources: {requests: {cpu: %s}}}]}"
    cluster = read(
        *(f"{{kind: Pod, metadata: {spec % (n, q)}}}" for n, q in (("a", "1"), ("b", "1000m")))
    )
    assert cluster.pods[0].template is cluster.pods[1].template


@pytest.mark.parametrize(
    ("spec", "containers"),
    [
        ("", "[{resources: {limits: {nvidia.com/gpu: 1}}}]"),
        ("initContainers: [{resources: {requests: {nvidia.com/gpu: 1}}}]", "[{name: c}]"),
    ],
)
def test_a_pod_that_asks_for_an_extended_resource_tolerates_its_taint(
    read: Read, spec: str, containers: str
) -> None:
    assert template_of(read, spec, containers).tolerations == (
        Toleration("nvidia.com/gpu", "Exists", "", "NoSchedule"),
    )


@pytest.mark.parametrize("name", ["cpu", "hugepages-2Mi", "example.kubernetes.io/x"])
def test_other_resources_bring_no_toleration(read: Read, name: str) -> None:
    assert template_of(read, "", f"[{{resources: {{limits: {{{name}: 1}}}}}}]").tolerations == ()
