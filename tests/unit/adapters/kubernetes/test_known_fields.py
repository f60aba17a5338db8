import msgspec
import pytest
import yaml

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.kubernetes.known_fields import LEVELS, Level, unknown_fields
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem

POD = "containers: [{name: c, image: i}]"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def found(text: str) -> list[tuple[str, str, str]]:
    value = yaml.safe_load(text)
    document = Document("in.yaml", value["kind"], "", msgspec.json.encode(value))
    return [(p.field, p.message, p.hint) for p in unknown_fields(document)]


def problems_of(text: str) -> tuple[int, list[InputProblem]]:
    problems: list[InputProblem] = []
    cluster = read_cluster(read_documents(Source("in.yaml", text.encode()), problems), problems)
    return len(cluster.pods), problems


def fields_of(level: Level, name: str) -> Level:
    for part in name.split("."):
        level = level.levels[part]
    return level


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


def test_every_level_knows_the_fields_it_is_known_for() -> None:
    pod = fields_of(LEVELS["Deployment"], "spec.template.spec")
    assert {"nodeSelector", "hostnameOverride", "affinity", "resources"} <= pod.fields
    assert "restartPolicyRules" in fields_of(pod, "containers").fields
    assert "jobTemplate" in fields_of(LEVELS["CronJob"], "spec").fields
    assert "storageClassName" in fields_of(LEVELS["StatefulSet"], "spec.volumeClaimTemplates.spec"
                                           ).fields  # fmt: skip


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
