"""The arguments of -f read into a Cluster and a list of problems."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.kubernetes.replicas import AutoscalerChoice
from kubestow.adapters.sources import Argument, read_sources
from kubestow.model.input_error import InputProblem
from kubestow.model.snapshot import Cluster


@dataclass(frozen=True, slots=True)
class Reading:
    """The cluster that was read, and the problems of the rest."""

    cluster: Cluster
    problems: tuple[InputProblem, ...]


def read_files(
    arguments: Sequence[Argument],
    *,
    documents: Sequence[Document] = (),
    namespace: str = "default",
    autoscaler_choice: AutoscalerChoice = "current",
    from_scratch: bool = False,
) -> Reading:
    """Read files, directories, globs or standard input ("-") into a Cluster.

    ``documents`` come before what the arguments have.
    ``from_scratch`` leaves out the Nodes and plans every pod as pending.
    """
    problems: list[InputProblem] = []
    cluster = read_cluster(
        chain(documents, documents_of(arguments, problems)),
        problems,
        namespace=namespace,
        autoscaler_choice=autoscaler_choice,
        from_scratch=from_scratch,
    )
    return Reading(cluster, tuple(problems))


def documents_of(arguments: Sequence[Argument], problems: list[InputProblem]) -> Iterator[Document]:
    """Yield the objects of all arguments; add what cannot be read to ``problems``."""
    for source in read_sources(arguments, problems):
        yield from read_documents(source, problems)
