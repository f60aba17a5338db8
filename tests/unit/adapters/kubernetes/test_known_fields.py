import msgspec
import pytest
import yaml

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.kubernetes.known_fields import Findings, findings
from kubestow.adapters.kubernetes.published import facts
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem

POD = "containers: [{name: c, image: i}]"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def found(text: str) -> list[tuple[str, str, str]]:
    value = yaml.safe_load(text)
    document = Document("in.yaml", value["kind"], "", msgspec.json.encode(value))
    return [(p.field, p.message, p.hint) for p in findings(document).unknown]


def problems_of(text: str) -> tuple[int, list[InputProblem]]:
    problems: list[InputProblem] = []
    cluster = read_cluster(read_documents(Source("in.yaml", text.encode()), problems), problems)
    return len(cluster.pods), problems


def fields_of(kind: str, path: str) -> set[str]:
    name = next(iter(facts().kinds[kind].values()))
    for part in path.split("."):
        name = facts().types[name][part].strip("[]{}")
    return set(facts().types[name])


def looked_into(text: str, version: str = "") -> Findings:
    value = yaml.safe_load(text)
    return findings(Document("in.yaml", value["kind"], version, msgspec.json.encode(value)))


@pytest.mark.parametrize(
    ("text", "field", "level", "hint"),
    [
        ("nodeselector: {a: b}", "nodeselector", "PodSpec", "did you mean 'nodeSelector'?"),
        ("toleration: []", "toleration", "PodSpec", "did you mean 'tolerations'?"),
        ("zzz: 1", "zzz", "PodSpec", "check the name with 'kubectl explain'"),
        ("affinity: {podAntiAfinity: {}}", "affinity.podAntiAfinity", "Affinity",
         "did you mean 'podAntiAffinity'?"),
        (f"affinity: {{nodeAffinity: {{{REQUIRED}: {{nodeSelectorTerms: [{{matchExpression: []}}]"
         "}}}", f"affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0].matchExpression",
         "NodeSelectorTerm", "did you mean 'matchExpressions'?"),
        (f"affinity: {{podAffinity: {{{REQUIRED}: [{{topologykey: z}}]}}}}",
         f"affinity.podAffinity.{REQUIRED}[0].topologykey", "PodAffinityTerm",
         "did you mean 'topologyKey'?"),
        ("topologySpreadConstraints: [{maxskew: 1}]", "topologySpreadConstraints[0].maxskew",
         "TopologySpreadConstraint", "did you mean 'maxSkew'?"),
        ("tolerations: [{keys: a}]", "tolerations[0].keys", "Toleration", "did you mean 'key'?"),
        ("volumes: [{persistentVolumeClaims: {}}]", "volumes[0].persistentVolumeClaims", "Volume",
         "did you mean 'persistentVolumeClaim'?"),
    ],
)  # fmt: skip
def test_a_misspelt_field_of_a_pod_is_named_with_its_level(
    text: str, field: str, level: str, hint: str
) -> None:
    expected = (f"spec.{field}", f"is not a field of {level}", hint)
    assert found(f"{{kind: Pod, spec: {{{POD}, {text}}}}}") == [expected]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Deployment", "spec.template.spec"),
        ("ReplicaSet", "spec.template.spec"),
        ("ReplicationController", "spec.template.spec"),
        ("StatefulSet", "spec.template.spec"),
        ("DaemonSet", "spec.template.spec"),
        ("Job", "spec.template.spec"),
        ("CronJob", "spec.jobTemplate.spec.template.spec"),
        ("Pod", "spec"),
    ],
)
def test_containers_are_looked_into_wherever_pods_are_described(kind: str, path: str) -> None:
    text = "{containers: [{resource: {}, ports: [{hostport: 1}]}]}"
    for name in reversed(path.split(".")):
        text = f"{{{name}: {text}}}"
    assert [(field, hint) for field, _, hint in found(f"{{kind: {kind}, {text[1:]}")] == [
        (f"{path}.containers[0].resource", "did you mean 'resources'?"),
        (f"{path}.containers[0].ports[0].hostport", "did you mean 'hostPort'?"),
    ]


def test_the_published_fields_of_old_and_new_versions_are_known() -> None:
    pod = fields_of("Deployment", "spec.template.spec")
    assert {"nodeSelector", "hostnameOverride", "affinity", "resources"} <= pod
    assert {"schedulingGroup", "workloadRef", "evictionResponders"} <= pod
    assert "restartPolicyRules" in fields_of("Pod", "spec.containers")
    assert {"vsphereVolume", "portworxVolume", "image"} <= fields_of("Pod", "spec.volumes")
    assert "source" in fields_of("Pod", "spec.resourceClaims")
    assert "jobTemplate" in fields_of("CronJob", "spec")
    assert "storageClassName" in fields_of("StatefulSet", "spec.volumeClaimTemplates.spec")
    assert "ipPrefixCount" in fields_of("EC2NodeClass", "spec")


@pytest.mark.parametrize(
    ("kind", "spec", "field"),
    [
        ("Node", "{unschedulble: true}", "spec.unschedulble"),
        ("HorizontalPodAutoscaler", "{maxReplica: 3}", "spec.maxReplica"),
        ("PersistentVolumeClaim", "{storageClass: gp3}", "spec.storageClass"),
        ("PersistentVolume", "{nodeAffinity: {require: {}}}", "spec.nodeAffinity.require"),
        ("CSINode", "{drivers: [{allocatables: {}}]}", "spec.drivers[0].allocatables"),
        ("LimitRange", "{limits: [{maximum: {}}]}", "spec.limits[0].maximum"),
        ("Service", "{selectors: {}}", "spec.selectors"),
        ("EC2NodeClass", "{amifamily: AL2023}", "spec.amifamily"),
        ("Provisioner", "{requirement: []}", "spec.requirement"),
        ("AWSNodeTemplate", "{amiFamilies: AL2}", "spec.amiFamilies"),
    ],
)
def test_every_kind_that_is_read_is_looked_into(kind: str, spec: str, field: str) -> None:
    assert [name for name, _, _ in found(f"{{kind: {kind}, spec: {spec}}}")] == [field]


def test_the_names_of_fields_are_case_sensitive() -> None:
    assert found(f"{{kind: Pod, spec: {{{POD}, nodename: a}}}}")[0][0] == "spec.nodename"


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        ("hostAliases: 3", "spec.hostAliases", "expected a list, got a whole number"),
        ("hostIPC: 'yes'", "spec.hostIPC", "expected true or false, got text"),
        ("dnsConfig: []", "spec.dnsConfig", "expected a mapping, got a list"),
        ("activeDeadlineSeconds: 1.5", "spec.activeDeadlineSeconds",
         "expected a whole number of 64 bits, got a number"),
        ("hostname: 7", "spec.hostname", "expected text, got a whole number"),
        ("overhead: {cpu: 1x}", "spec.overhead.cpu", "'1x' is not a quantity"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_a_mistake_in_fields_that_are_not_read_too(
    text: str, field: str, message: str
) -> None:
    (error,) = looked_into(f"{{kind: Pod, spec: {{{POD}, {text}}}}}").invalid
    assert error.field == field
    assert error.message.startswith(message)
    assert error.hint


def test_a_wrong_value_is_not_shown() -> None:
    (error,) = looked_into(
        "{kind: Pod, spec: {containers: [{name: c, image: i, env: [{name: A, value: [secret]}]}]}}"
    ).invalid
    assert "secret" not in error.message + error.hint


@pytest.mark.parametrize(
    "text",
    ["schedulingGroup: {podGroupName: g}", "workloadRef: {name: w, podGroup: g}",
     "volumes: [{name: v, vsphereVolume: {volumePath: '[a] b'}}]"],
)  # fmt: skip
def test_a_field_that_is_not_modelled_is_named_and_the_pod_is_planned(text: str) -> None:
    problems: list[InputProblem] = []
    manifest = f"{{kind: Pod, metadata: {{name: p}}, spec: {{{POD}, {text}}}}}"
    source = Source("in.yaml", manifest.encode())
    cluster = read_cluster(read_documents(source, problems), problems)
    assert (len(cluster.pods), problems) == (1, [])
    (remark,) = cluster.remarks
    assert remark.startswith("Pod p: spec.")
    assert " is not modelled: " in remark


def test_an_empty_field_that_is_not_modelled_is_not_named() -> None:
    assert looked_into(f"{{kind: Pod, spec: {{{POD}, schedulingGroup: {{}}}}}}").not_modelled == []


def test_a_field_of_another_api_version_is_a_remark() -> None:
    text = "{kind: NodePool, spec: {template: {spec: {}}, disruption: {expireAfter: 1h}}}"
    result = looked_into(text, "karpenter.sh/v1")
    assert (result.unknown, [e.field for e in result.refused]) == (
        [], ["spec.disruption.expireAfter"])  # fmt: skip


def test_a_kubelet_of_a_node_class_may_have_fields_that_are_not_published() -> None:
    assert found("{kind: EC2NodeClass, spec: {kubelet: {maxPods: 8, featureGates: {}}}}") == []


def test_every_misspelt_field_is_a_problem_and_the_object_is_left_out() -> None:
    text = (
        "kind: Deployment\nmetadata: {name: web}\nspec:\n  replica: 3\n"
        "  selector: {matchLabels: {app: web}}\n"
        f"  template: {{metadata: {{labels: {{app: web}}}}, spec: {{{POD}, nodeSelectors: {{}}}}}}"
    )
    pods, problems = problems_of(text)
    assert pods == 0
    assert [p.field for p in problems] == ["spec.replica", "spec.template.spec.nodeSelectors"]
    assert {(p.subject, p.is_fatal) for p in problems} == {("Deployment web", False)}


def test_a_misspelt_field_is_reported_rather_than_the_one_it_leaves_missing() -> None:
    _, problems = problems_of(
        f"{{kind: Pod, metadata: {{name: p}}, spec: {{{POD}, topologySpreadConstraints: "
        "[{maxSkew: 1, topologykey: z, whenUnsatisfiable: DoNotSchedule}]}}"
    )
    assert [p.field for p in problems] == ["spec.topologySpreadConstraints[0].topologykey"]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ("{template: {spec: {requirement: []}}}", "spec.template.spec.requirement"),
        ("{template: {spec: {requirements: [{key: a, operator: Exists, minvalues: 2}]}}}",
         "spec.template.spec.requirements[0].minvalues"),
        ("{template: {spec: {}}, limit: {cpu: 1}}", "spec.limit"),
        ("{template: {spec: {}, taints: []}}", "spec.template.taints"),
    ],
)  # fmt: skip
def test_a_misspelt_field_of_a_nodepool_leaves_it_out(spec: str, field: str) -> None:
    _, problems = problems_of(f"{{kind: NodePool, metadata: {{name: p}}, spec: {spec}}}")
    assert [(p.field, p.subject, p.is_fatal) for p in problems] == [(field, "NodePool p", False)]


def test_pods_that_a_cluster_reports_are_not_looked_into() -> None:
    text = f"{{kind: Pod, metadata: {{name: p}}, spec: {{{POD}, newField: 1}}, status: {{%s}}}}"
    assert problems_of(text % "phase: Pending") == (1, [])
    pods, problems = problems_of(text % "")
    assert (pods, [p.field for p in problems]) == (0, ["spec.newField"])


@pytest.mark.parametrize("junk", ["3", "[3, [a]]", "{spec: 3}", "{template: [{spec: [1]}]}"])
def test_values_of_another_shape_are_left_to_the_decoder(junk: str) -> None:
    assert found(f"{{kind: Deployment, spec: {junk}}}".replace("spec: {spec", "status: {spec")) == (
        []
    )


def test_a_quantity_without_a_number_is_read_as_zero_and_said() -> None:
    text = "{containers: [{name: c, image: i, resources: {requests: {memory: Mi}}}]}"
    result = looked_into(f"{{kind: Pod, spec: {text}}}")
    assert result.invalid == []
    assert [path for path, _ in result.odd] == ["spec.containers[0].resources.requests.memory"]
