"""The input of a check: manifests read once, into the Cluster and the facts that only checks use.

An object that cannot be read is a finding. A file that cannot be read, or an object that others
depend on, is an InputProblem.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.eksctl.checked_config import cluster_config
from kubestow.adapters.eksctl.config_file import is_config, only, read_config
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.kubernetes.cluster_version import cluster_version, is_version
from kubestow.adapters.kubernetes.replicas import AutoscalerChoice
from kubestow.adapters.kubernetes.setup_objects import SetupFacts, read_facts
from kubestow.adapters.sources import Argument, read_sources
from kubestow.model.finding import Subject
from kubestow.model.input_error import InputProblem
from kubestow.model.setup import ClusterConfig, ClusterVersion, Unreadable
from kubestow.model.snapshot import Cluster


@dataclass(frozen=True, slots=True)
class SetupReading:
    """The parsed input; ``problems`` are those that are not findings."""

    cluster: Cluster
    facts: SetupFacts
    unreadable: tuple[Unreadable, ...]
    problems: tuple[InputProblem, ...]
    config: ClusterConfig | None
    version: ClusterVersion | None


def read_setup_files(
    arguments: Sequence[Argument],
    *,
    namespace: str = "default",
    autoscaler_choice: AutoscalerChoice = "current",
    from_scratch: bool = False,
) -> SetupReading:
    """Read files, directories, globs or standard input ("-"), which may hold a ClusterConfig."""
    problems: list[InputProblem] = []
    documents = [d for s in read_sources(arguments, problems) for d in read_documents(s, problems)]
    config = _config(documents)
    objects = [d for d in documents if not (is_config(d) or is_version(d))]
    cluster = read_cluster(
        objects,
        problems,
        namespace=namespace,
        autoscaler_choice=autoscaler_choice,
        from_scratch=from_scratch,
    )
    facts = read_facts(objects, problems, namespace=namespace, autoscaler_choice=autoscaler_choice)
    reported = set(_limits_below_requests(facts))
    left = [p for p in problems if (p.file, p.subject, p.field) not in reported]
    own = [p for p in left if p.is_fatal or not p.subject]
    return SetupReading(
        cluster,
        facts,
        tuple(_unreadable(p) for p in left if p not in own),
        tuple(own),
        config,
        cluster_version(documents),
    )


def _config(documents: Iterable[Document]) -> ClusterConfig | None:
    configs = [document for document in documents if is_config(document)]
    only(document.file for document in configs)
    return cluster_config(read_config(configs[0])) if configs else None


def _limits_below_requests(facts: SetupFacts) -> Iterable[tuple[str, str, str]]:
    """Yield the problems that the check limit-below-request reports in more detail."""
    for workload in facts.workloads:
        own = workload.subject
        for container in workload.containers:
            limits = dict(container.limits)
            for name, asked in container.requests:
                if name in limits and limits[name] < asked:
                    field = f"{container.field}.resources.requests.{name}"
                    yield own.file, own.describe(), field
                    yield own.file, f"{own.kind} {own.name}", field


def _unreadable(problem: InputProblem) -> Unreadable:
    kind, _, path = problem.subject.partition(" ")
    namespace, _, name = path.rpartition("/")
    return Unreadable(
        Subject(kind, name, namespace, problem.file), problem.field, problem.message, problem.hint
    )
