"""Custom objects with one whole pod template and a count: read exactly, as facts in a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.operators.custom import Custom, Reader
from kubestow.adapters.kubernetes.operators.made import MadeWorkload

_SCALED_DOWN = ("onsuccess", "progressively")


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateKind:
    """Where a kind has its pod template and its count.

    ``kind`` is the built-in kind that it is read as; ``labels`` are those its operator adds, with
    {name} for the object's name. ``note`` says what its operator adds that is not counted.
    """

    template: tuple[str, ...] = ("spec", "template")
    count: tuple[str, str] | None = ("spec", "replicas")
    default: int = 1
    kind: str = "ReplicaSet"
    owned: bool = True
    selects: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    def read(self, custom: Custom) -> Iterator[MadeWorkload]:
        """Yield the one workload."""
        holder, counter = self.count or ("spec", "")
        if self.note:
            custom.note(self.note)
        yield MadeWorkload(
            kind=self.kind,
            name=custom.name,
            template=custom.root.part(*self.template).value,
            at=".".join(self.template),
            count=custom.root.part(holder).integer(counter, self.default),
            counted_at=f"{holder}.{counter}",
            labels={k: v.format(name=custom.name) for k, v in self.labels.items()},
            selector=custom.spec.raw("selector") if self.selects else None,
            claims=[item.value for item in custom.spec.parts("volumeClaimTemplates")],
            owner=(custom.kind, custom.name) if self.owned else None,
        )


def rollout(custom: Custom) -> Iterator[MadeWorkload]:
    """Read an Argo Rollout: a template, or the Deployment that workloadRef names.

    The Deployment keeps its own replicas unless scaleDown says otherwise. Source: argo-rollouts
    pkg/apis/rollouts/v1alpha1/types.go (RolloutSpec, ObjectRef).
    """
    spec = custom.spec
    count = spec.integer("replicas", 1)
    reference = spec.part("workloadRef")
    template, at, selector = spec.part("template").value, "spec.template", spec.raw("selector")
    if reference.value:
        kind, name = reference.text("kind", "Deployment"), reference.text("name")
        found = custom.find(kind, custom.namespace, name)
        if found is None:
            raise FieldError(
                "spec.workloadRef", f"{kind} {custom.namespace}/{name} is not in the input",
                "add it: the pods of the Rollout have its template",
            )  # fmt: skip
        template, at = found.part("spec", "template").value, "spec.workloadRef"
        selector = selector or found.part("spec").raw("selector")
        if reference.text("scaleDown") in _SCALED_DOWN:
            custom.replaced.append((kind, custom.namespace, name))
    yield MadeWorkload(
        kind="ReplicaSet", name=custom.name, template=template, at=at, count=count,
        selector=selector, owner=(custom.kind, custom.name), through_replica_sets=True,
    )  # fmt: skip


def deployment_config(custom: Custom) -> Iterator[MadeWorkload]:
    """Read OpenShift's DeploymentConfig, whose selector is a mapping of labels.

    Source: openshift/api apps/v1 types.go.
    """
    selector = custom.spec.raw("selector")
    yield MadeWorkload(
        kind="ReplicaSet",
        name=custom.name,
        template=custom.spec.part("template").value,
        at="spec.template",
        count=custom.spec.integer("replicas", 1),
        selector={"matchLabels": selector} if selector else None,
        labels={"deploymentconfig": custom.name},
        owner=(custom.kind, custom.name),
        through_replica_sets=True,
    )


def scaled_job(custom: Custom) -> Iterator[MadeWorkload]:
    """Read KEDA's ScaledJob: Jobs of one template, as many as there are events.

    Source: kedacore/keda apis/keda/v1alpha1 scaledjob_types.go: minReplicaCount defaults to 0,
    maxReplicaCount to 100.
    """
    spec = custom.spec
    lowest, highest = spec.integer("minReplicaCount", 0), spec.integer("maxReplicaCount", 100)
    job = spec.part("jobTargetRef")
    pods = job.integer("parallelism", 1)
    pods = min(pods, job.integer("completions", pods))
    jobs = custom.chosen(min(lowest, highest), lowest, highest)
    if custom.choice == "current":
        custom.note("planned for minReplicaCount jobs; --hpa max plans maxReplicaCount of them")
    yield MadeWorkload(
        kind="ReplicaSet",
        name=custom.name,
        template=job.part("template").value,
        at="spec.jobTargetRef.template",
        count=jobs * pods,
        counted_at="spec.maxReplicaCount" if custom.choice == "max" else "spec.minReplicaCount",
        labels={"scaledjob.keda.sh/name": custom.name},
        owner=(custom.kind, custom.name),
    )


def runner_set(custom: Custom) -> Iterator[MadeWorkload]:
    """Read an AutoscalingRunnerSet of GitHub Actions: minRunners (0) to maxRunners.

    Source: actions/actions-runner-controller apis/actions.github.com/v1alpha1
    autoscalingrunnerset_types.go.
    """
    spec = custom.spec
    lowest = spec.integer("minRunners", 0)
    highest = spec.integer("maxRunners", 0) if spec.has("maxRunners") else None
    custom.note("planned for minRunners unless --hpa max; its listener pod is not counted")
    yield MadeWorkload(
        kind="ReplicaSet",
        name=custom.name,
        template=spec.part("template").value,
        at="spec.template",
        count=custom.chosen(lowest, lowest, highest),
        counted_at="spec.maxRunners" if custom.choice == "max" else "spec.minRunners",
        labels={"actions.github.com/scale-set-name": custom.name},
        owner=(custom.kind, custom.name),
    )


def notebook(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a Kubeflow Notebook: a StatefulSet of one pod, of none while it is stopped.

    Source: kubeflow notebook-controller controllers/notebook_controller.go.
    """
    notes = custom.root.part("metadata", "annotations")
    yield MadeWorkload(
        kind="StatefulSet",
        name=custom.name,
        template=custom.spec.part("template").value,
        at="spec.template",
        count=0 if notes.has("kubeflow-resource-stopped") else 1,
        labels={"statefulset": custom.name, "notebook-name": custom.name},
    )


_GAME_SERVER = "the game servers' sidecar of Agones (30m cpu by default) is not counted"
READERS: dict[tuple[str, str], Reader] = {
    ("argoproj.io", "Rollout"): rollout,
    ("keda.sh", "ScaledJob"): scaled_job,
    ("apps.openshift.io", "DeploymentConfig"): deployment_config,
    ("actions.github.com", "AutoscalingRunnerSet"): runner_set,
    ("kubeflow.org", "Notebook"): notebook,
    # openkruise/kruise apis/apps/v1alpha1 and v1beta1
    ("apps.kruise.io", "CloneSet"): TemplateKind(kind="StatefulSet").read,
    ("apps.kruise.io", "StatefulSet"): TemplateKind(kind="StatefulSet", owned=False).read,
    ("apps.kruise.io", "DaemonSet"): TemplateKind(kind="DaemonSet", owned=False).read,
    # googleforgames/agones pkg/apis/agones/v1: a GameServer's template is a pod template
    ("agones.dev", "Fleet"): TemplateKind(
        template=("spec", "template", "spec", "template"), default=0, selects=False,
        labels={"agones.dev/fleet": "{name}"}, note=_GAME_SERVER,
    ).read,
    ("agones.dev", "GameServer"): TemplateKind(
        count=None, selects=False, note=_GAME_SERVER
    ).read,
    # cloudnative-pg api/v1 pooler_types.go; the container has no requests unless the template does
    ("postgresql.cnpg.io", "Pooler"): TemplateKind(
        count=("spec", "instances"), kind="Deployment", owned=False, selects=False,
        labels={"cnpg.io/poolerName": "{name}"},
    ).read,
}  # fmt: skip
