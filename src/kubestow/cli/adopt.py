"""The adopt command: a change-over from Karpenter or Cluster Autoscaler, planned and checked."""

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.files import Reading
from kubestow.adapters.kubernetes.launch_classes import read_launch_classes
from kubestow.adapters.kubernetes.managers import manager_objects
from kubestow.adapters.network_file import read_network
from kubestow.adapters.sources import Source, read_sources
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, choice
from kubestow.cli.console import (
    output_screen,
    planning_progress,
    progress_line,
    say,
    say_notes,
    say_problems,
    show,
    show_document,
    show_json,
)
from kubestow.cli.live_input import now
from kubestow.cli.planning_options import PlanningOptions
from kubestow.cli.reading import (
    NO_INPUT,
    InputOptions,
    read_input,
    snapshot_reader,
)
from kubestow.model.adoption import Adoption, Manager, ManagerObjects
from kubestow.model.input_error import InputError, InputProblem
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.model.observed import Observed
    from kubestow.views.adoption_view import AdoptionView

AdoptOutput = Annotated[
    Literal["table", "json", "markdown", "nodepools"],
    Parameter(name=["--output", "-o"], converter=choice),
]
_MANAGERS = {"karpenter": Manager.KARPENTER, "cluster-autoscaler": Manager.CLUSTER_AUTOSCALER,
             "nobody": Manager.NOBODY}  # fmt: skip
_CLUSTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+", re.ASCII)
_PLANNING_DEFAULTS = PlanningOptions()


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class AdoptOptions:
    """What is changed over, and how.

    Parameters
    ----------
    eks_cluster
        The name of the EKS cluster, as the runbook's commands have it.
    of
        Whose nodes are moved: karpenter, cluster-autoscaler, or nobody for node groups that are not
        scaled. The default is who is found. With --back, whom to go back to.
    back
        Plan the way back: from kubestow's nodes to those of Karpenter or of node groups.
    keep
        The node group that stays, for kubestow itself. The default is one that nobody scales, or
        the cheapest of several.
    keep_groups
        Let kubestow scale the managed node groups in place of Cluster Autoscaler: no pod moves. The
        group of --keep is left out. With --back this is so wherever kubestow scales node groups.
    max_parallel
        The number of nodes drained at a time.
    force
        Give up pods that no controller recreates, and move pods that ask not to be disrupted.
    image_repository
        The repository of your kubestow image, for the runbook.
    node_role
        The IAM role of the nodes, for the EC2NodeClasses that are offered.
    subnets
        A file of kind Network, or the output of 'aws ec2 describe-subnets', with the subnets for
        the EC2NodeClasses that are offered. May be repeated.
    """

    eks_cluster: str = ""
    of: Annotated[
        Literal["karpenter", "cluster-autoscaler", "nobody"] | None, Parameter(converter=choice)
    ] = None
    back: Flag = False
    keep: str = ""
    keep_groups: Flag = False
    max_parallel: int = 1
    force: Flag = False
    image_repository: str = "REGISTRY/kubestow"
    node_role: str = ""
    subnets: Annotated[list[str] | None, Parameter(negative=())] = None

    def check(self, source: InputOptions) -> None:
        """Raise InputError for what means nothing."""
        if not _CLUSTER.fullmatch(self.eks_cluster):
            raise InputError(
                f"--eks-cluster {self.eks_cluster} is not the name of a cluster"
                if self.eks_cluster
                else "the option --eks-cluster is required",
                hint="give the name of the EKS cluster: 'aws eks list-clusters' shows it",
            )
        if self.max_parallel < 1:
            raise InputError(
                f"--max-parallel {self.max_parallel} drains nothing", hint="use 1 or more"
            )
        if self.back and self.keep:
            raise InputError("--keep has no effect with --back", hint="omit it")
        if source.from_scratch:
            raise InputError(
                "--from-scratch cannot be used here: it ignores the nodes", hint="omit it"
            )


_ADOPT_DEFAULTS = AdoptOptions()


def adopt_command(
    source: InputOptions = NO_INPUT,
    *,
    options: AdoptOptions = _ADOPT_DEFAULTS,
    planning: PlanningOptions = _PLANNING_DEFAULTS,
    output: AdoptOutput = "table",
) -> int:
    """Plan and check a change-over from Karpenter or Cluster Autoscaler, or the way back.

    It changes nothing. It finds out who manages which nodes, names what would stop a change-over,
    and prints a runbook: who is stopped, who acts, which pods move in which order, who ends the old
    nodes, and the way back from each step.

    Exit code 0: nothing stops it; 4: a finding is an error; 1: the input is wrong; 3: a bug in
    kubestow, written to a report.

    For example:

    kubestow adopt --cluster --eks-cluster online-shop

    kubestow adopt --cluster --eks-cluster online-shop -o markdown > runbook.md

    kubestow adopt --cluster --eks-cluster online-shop --of cluster-autoscaler -o nodepools

    kubestow adopt --cluster --eks-cluster online-shop --keep-groups

    kubestow adopt --cluster --eks-cluster online-shop --back

    kubectl get nodes,pods,deployments,replicasets,pdb,nodepools,ec2nodeclasses,nodeclaims -A -o
    json | kubestow adopt -f - --eks-cluster online-shop

    Parameters
    ----------
    output
        Print a table with the runbook, the JSON of docs/schema, the whole runbook as Markdown, or
        the NodePools and EC2NodeClasses that are offered where there are none.
    """
    options.check(source)
    problems: list[InputProblem] = []
    sources, notes = _sources(source)
    files = list(read_sources(sources, problems))
    documents = [item for each in files for item in read_documents(each, [])]
    reading = read_input(source, list(files))
    problems += reading.problems
    say_problems(problems)
    if any(problem.is_fatal for problem in problems):
        say("note: nothing is planned: without what could not be read, the rest could be wrong")
        return exit_codes.WRONG_INPUT
    observed = _observed(source, planning, files, reading)
    adoption = _adopted(source, options, planning, observed, documents, notes)
    view = _view(source, options, adoption, observed, problems)
    _write(view, output)
    if problems:
        return exit_codes.WRONG_INPUT
    return exit_codes.OK if view.ready else exit_codes.FINDINGS


def _sources(source: InputOptions) -> tuple[list[str | Source], tuple[str, ...]]:
    """Return the lists of a running cluster and the files, and what may not be listed."""
    if not source.is_live:
        return list(source.manifests()), ()
    from kubestow.adapters.kubernetes_api.cluster_sources import cluster_sources

    with progress_line() as reporter:
        listed = cluster_sources(source.context, source.kubeconfig, reporter)
    for note in listed.notes:
        say(f"note: {note}")
    return [*listed.sources, *source.files()], listed.notes


def _observed(
    source: InputOptions, planning: PlanningOptions, files: Sequence[Source], reading: Reading
) -> "Observed":
    from kubestow.live.observers import FileObserver

    if not reading.cluster.nodes:
        raise InputError(
            "no nodes in the input",
            hint="pass what 'kubectl get nodes,pods,deployments,pdb,nodepools,ec2nodeclasses,"
            "nodeclaims -A -o json' writes, or --cluster",
        )
    reader = snapshot_reader(source, planning.networking, reading.cluster)
    name = "the cluster" if source.is_live else ", ".join(source.filename or source.kustomize or ())
    observed = FileObserver(name, list(files), reader, now()).observe()
    told = {problem.message for problem in reading.problems}
    say_notes(note for note in observed.notes if not any(note.endswith(text) for text in told))
    return observed


def _objects(
    source: InputOptions, documents: list[Document], notes: tuple[str, ...]
) -> ManagerObjects:
    if not source.is_live:
        return manager_objects(documents, is_live=False)
    from kubestow.adapters.kubernetes_api.api_hand import ApiHand
    from kubestow.adapters.kubernetes_api.manager_sources import managers_of

    hand = ApiHand.of(source.context, source.kubeconfig)
    try:
        return managers_of(hand, documents, notes)
    finally:
        hand.close()


def _adopted(
    source: InputOptions,
    options: AdoptOptions,
    planning: PlanningOptions,
    observed: "Observed",
    documents: list[Document],
    notes: tuple[str, ...],
) -> Adoption:
    from kubestow.usecases.adopt import AdoptRequest, adopt  # only now the solver is needed

    wrong: list[InputProblem] = []
    classes = read_launch_classes(documents, wrong)
    request = AdoptRequest(
        observed=observed,
        objects=_objects(source, documents, notes),
        eks_cluster=options.eks_cluster,
        of=None if options.of is None else _MANAGERS[options.of],
        back=options.back,
        keep=options.keep,
        keep_groups=options.keep_groups,
        force=options.force,
        max_parallel=options.max_parallel,
        classes=frozenset(classes),
        class_problems=tuple(wrong),
        seed=planning.seed,
    )
    with planning_progress() as reporter:
        return adopt(request, reporter)


def _view(
    source: InputOptions,
    options: AdoptOptions,
    adoption: Adoption,
    observed: "Observed",
    problems: list[InputProblem],
) -> "AdoptionView":
    from kubestow.views.adoption_commands import AdoptionSettings
    from kubestow.views.adoption_view import adoption_view

    files = pool_files(source.nodepool or ())
    if adoption.offered:
        files = {"adopted": "nodepools.yaml"}
    subnets = read_network(options.subnets).subnets if options.subnets else ()
    cluster = observed.snapshot.cluster
    return adoption_view(
        adoption,
        AdoptionSettings(
            repository=options.image_repository,
            pool_files=files,
            again=_again(source, options, adoption),
            node_role=options.node_role,
            subnets=tuple((item.zone, item.id) for item in subnets),
        ),
        assumptions=(*cluster.assumptions, *cluster.remarks),
        price_sources=tuple(observed.snapshot.catalog.sources),
        problems=problems,
    )


def pool_files(paths: Iterable[str]) -> dict[str, str]:
    """Return files with NodePools by names that the chart takes, each another."""
    found: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        stem = _NO_NAME.sub("-", PurePath(path).stem)
        numbers = (f"{stem}-{number}" for number in count(2))
        name = next(item for item in chain([stem], numbers) if item not in found)
        found[name] = path
    return found


def _again(source: InputOptions, options: AdoptOptions, adoption: Adoption) -> str:
    """Return the command that plans the change-over again, of the running cluster."""
    words = ["kubestow", "adopt", "--cluster", "--eks-cluster", options.eks_cluster,
             "--region", adoption.region]  # fmt: skip
    own = next((name for name, manager in _MANAGERS.items() if manager is adoption.of), "")
    wanted = {"--context": source.context, "--kubeconfig": source.kubeconfig, "--of": own,
              "--keep": options.keep, "--image-repository": options.image_repository,
              "--costs": source.costs}  # fmt: skip
    for option, value in wanted.items():
        words += [option, value] if value else []
    for path in ("nodepools.yaml",) if adoption.offered else source.nodepool or ():
        words += ["--nodepool", path]
    for path in source.cluster_config or ():
        words += ["--cluster-config", path]
    if options.max_parallel > 1:
        words += ["--max-parallel", str(options.max_parallel)]
    return shlex.join([*words, *(["--force"] if options.force else [])])


def _write(view: "AdoptionView", output: str) -> None:
    if output == "json":
        show_json(encode(view))
    elif output == "markdown":
        from kubestow.report.adoption_markdown import adoption_markdown

        show_document(adoption_markdown(view))
    elif output == "nodepools":
        from kubestow.report.offered_pools_yaml import offered_pools_yaml

        if not view.offered:
            raise InputError(
                "no NodePools are offered: the input has some, or no node group is moved",
                hint="'-o table' says what is moved",
            )
        show_document(offered_pools_yaml(view))
    else:
        from kubestow.report.adoption_text import render_adoption

        show(render_adoption(view, output_screen()))
