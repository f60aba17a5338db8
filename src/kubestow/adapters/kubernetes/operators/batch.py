"""Jobs of several groups of pods: JobSet, LeaderWorkerSet, Volcano and Kubeflow's training jobs."""

from collections.abc import Iterator

from kubestow.adapters.kubernetes.operators.custom import Custom, Reader, bounded
from kubestow.adapters.kubernetes.operators.made import MadeWorkload

_TRAINING = {
    "JAXJob": "jaxReplicaSpecs",
    "MPIJob": "mpiReplicaSpecs",
    "MXJob": "mxReplicaSpecs",
    "PaddleJob": "paddleReplicaSpecs",
    "PyTorchJob": "pytorchReplicaSpecs",
    "TFJob": "tfReplicaSpecs",
    "XGBoostJob": "xgbReplicaSpecs",
}
_VOLCANO_ENDED = ("Aborted", "Completed", "Failed", "Terminated")


def job_set(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a JobSet: Jobs named after the set, the replicated job and an index.

    Source: kubernetes-sigs/jobset api/jobset/v1alpha2 jobset_types.go; replicas defaults to 1.
    """
    stops = custom.spec.flag("suspend") or custom.has_condition("Completed", "Failed")
    for item in custom.spec.parts("replicatedJobs"):
        job = item.part("template", "spec")
        pods = job.integer("parallelism", 1)
        pods = min(pods, job.integer("completions", pods))
        copies = bounded(item.integer("replicas", 1), item.where("replicas"))
        for index in range(0 if stops else copies):
            yield MadeWorkload(
                kind="Job",
                name=f"{custom.name}-{item.text('name')}-{index}",
                template=job.part("template").value,
                at=f"{job.path}.template",
                count=pods,
                counted_at=f"{job.path}.parallelism",
                labels={
                    "jobset.sigs.k8s.io/jobset-name": custom.name,
                    "jobset.sigs.k8s.io/replicatedjob-name": item.text("name"),
                },
            )


def leader_worker_set(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a LeaderWorkerSet: a StatefulSet of leaders, and one of workers for each of them.

    Source: kubernetes-sigs/lws api/leaderworkerset/v1 leaderworkerset_types.go: replicas and size
    default to 1; without leaderTemplate, leaders have the workers' template.
    """
    inner = custom.spec.part("leaderWorkerTemplate")
    workers = inner.part("workerTemplate")
    leaders = inner.part("leaderTemplate") if inner.has("leaderTemplate") else workers
    copies = bounded(custom.spec.integer("replicas", 1), "spec.replicas")
    size = bounded(inner.integer("size", 1), inner.where("size"))
    notes = custom.root.part("metadata", "annotations")
    if notes.has("leaderworkerset.sigs.k8s.io/exclusive-topology"):
        custom.note("that each group has a topology domain for itself is not followed")
    labels = {"leaderworkerset.sigs.k8s.io/name": custom.name}
    claims = [item.value for item in inner.parts("volumeClaimTemplates")]
    yield MadeWorkload(
        kind="StatefulSet", name=custom.name, template=leaders.value, at=leaders.path,
        count=copies, labels=labels, claims=claims, claims_at=inner.where("volumeClaimTemplates"),
    )  # fmt: skip
    for index in range(copies if size > 1 else 0):
        yield MadeWorkload(
            kind="StatefulSet",
            name=f"{custom.name}-{index}",
            template=workers.value,
            at=workers.path,
            count=size - 1,
            counted_at=inner.where("size"),
            labels=labels | {"leaderworkerset.sigs.k8s.io/group-index": str(index)},
            start=1,
            claims=claims,
            claims_at=inner.where("volumeClaimTemplates"),
        )


def volcano_job(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a Volcano Job: pods of tasks, which Volcano's own scheduler places by default.

    Source: volcano-sh/apis pkg/apis/batch/v1alpha1 job.go, and volcano
    pkg/webhooks/admission/jobs/mutate (schedulerName).
    """
    ended = custom.root.part("status", "state").text("phase") in _VOLCANO_ENDED
    scheduler = custom.spec.text("schedulerName", "volcano")
    for index, task in enumerate(custom.spec.parts("tasks")):
        name = task.text("name", f"default{index}")
        template = task.part("template")
        spec = {**template.part("spec").value, "schedulerName": scheduler}
        yield MadeWorkload(
            kind="ReplicaSet",
            name=f"{custom.name}-{name}",
            template={**template.value, "spec": spec},
            at=template.path,
            count=0 if ended else task.integer("replicas", 0),
            counted_at=task.where("replicas"),
            labels={"volcano.sh/job-name": custom.name, "volcano.sh/task-spec": name},
            owner=(custom.kind, custom.name),
        )


def training_job(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a training job of Kubeflow: a template and replicas (1) for each type of replica.

    Source: kubeflow/training-operator pkg/apis/kubeflow.org/v1 common_types.go (ReplicaSpec) and
    pytorch_types.go (elasticPolicy), kubeflow/mpi-operator v2beta1 types.go.
    """
    ended = custom.has_condition("Failed", "Succeeded")
    ended = ended or custom.spec.part("runPolicy").flag("suspend")
    elastic = custom.spec.part("elasticPolicy")
    for kind, item in custom.spec.part(_TRAINING[custom.kind]).entries():
        count = item.integer("replicas", 1)
        if elastic.value and kind == "Worker":
            highest = elastic.integer("maxReplicas", count)
            count = custom.chosen(elastic.integer("minReplicas", count), count, highest)
        group = "job-role" if custom.kind == "MPIJob" else "replica-type"
        yield MadeWorkload(
            kind="ReplicaSet",
            name=f"{custom.name}-{kind.lower()}",
            template=item.part("template").value,
            at=f"{item.path}.template",
            count=0 if ended else count,
            counted_at=item.where("replicas"),
            labels={
                "training.kubeflow.org/job-name": custom.name,
                f"training.kubeflow.org/{group}": kind.lower(),
            },
            owner=(custom.kind, custom.name),
        )


EXACT = ("Job", "JobSet", "LeaderWorkerSet", *_TRAINING)
"""Kinds of which every pod is its template."""
READERS: dict[tuple[str, str], Reader] = {
    ("jobset.x-k8s.io", "JobSet"): job_set,
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): leader_worker_set,
    ("batch.volcano.sh", "Job"): volcano_job,
    **{("kubeflow.org", kind): training_job for kind in _TRAINING},
}
