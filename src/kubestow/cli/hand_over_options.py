"""The options of a hand-over: configuration that launches a plan's nodes.

Every value is checked before anything is read; a configuration that cannot be written leaves no
file behind.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from kubestow.adapters.whole_file import write_whole
from kubestow.cli.catalog_options import Flag
from kubestow.cli.console import say, show_document
from kubestow.model.counted import counted
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.model.suggestion import did_you_mean

_FILES = {"karpenter": "karpenter.yaml", "eksctl": "eksctl.yaml", "kubectl": "kubectl.sh"}
_CLUSTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)
_SUFFIXES = (".yaml", ".yml", ".sh")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class HandOverOptions:
    """The configuration that launches the plan's nodes.

    Parameters
    ----------
    emit
        Write the plan's nodes as karpenter (NodePools and EC2NodeClasses), eksctl (managed node
        groups) or kubectl (commands that label and taint nodes launched by other means). May be
        repeated. Without --emit-to it replaces the table.
    emit_to
        The directory for karpenter.yaml, eksctl.yaml and kubectl.sh. With a single --emit, also a
        file that ends in .yaml or .sh.
    cluster_name
        The name of the EKS cluster, which is also the value of its discovery tag.
    node_role
        The IAM role of the nodes that Karpenter launches.
    held
        The emitted nodes hold off all pods until 'kubestow land' has bound the planned ones to
        them. The plan is the one for landed pods, as with --placed-by kubestow.
    """

    emit: Annotated[list[str] | None, Parameter(negative=())] = None
    emit_to: str | None = None
    cluster_name: str | None = None
    node_role: str | None = None
    held: Flag = False

    def check(self) -> None:
        """Raise InputError where the options make no sense, before anything is read."""
        for kind in self.emit or ():
            if kind not in _FILES:
                raise InputError(
                    f"--emit {kind} is not a known configuration",
                    hint=did_you_mean(kind, _FILES) or f"choose from: {', '.join(_FILES)}",
                )
        kinds = self._kinds
        if not kinds:
            for name, value in (("--emit-to", self.emit_to), ("--node-role", self.node_role),
                                ("--cluster-name", self.cluster_name)):  # fmt: skip
                if value is not None:
                    raise InputError(
                        f"{name} has no effect without --emit",
                        hint=f"add --emit {', --emit '.join(_FILES)}, or omit {name}",
                    )
            if self.held:
                raise InputError(
                    "--held has no effect without --emit: it is for the emitted nodes",
                    hint=f"add --emit {', --emit '.join(_FILES)}, or use --placed-by kubestow",
                )
            return
        self._check_names(kinds)
        if self.emit_to is None and len(kinds) > 1:
            raise InputError(
                "multiple --emit options need a directory", hint="name one with --emit-to"
            )
        if len(kinds) > 1 and str(self.emit_to).endswith(_SUFFIXES):
            raise InputError(
                f"--emit-to {self.emit_to}: one file cannot hold {' and '.join(kinds)}",
                hint="name a directory",
            )

    @property
    def _kinds(self) -> list[str]:
        return list(dict.fromkeys(self.emit or ()))

    def _check_names(self, kinds: list[str]) -> None:
        named = [kind for kind in kinds if kind != "kubectl"]
        if named and not (self.cluster_name or "").strip():
            raise InputError(
                f"--emit {named[0]} needs the name of the cluster",
                hint="pass it with --cluster-name",
            )
        if named and not _CLUSTER.fullmatch(self.cluster_name or ""):
            raise InputError(
                f"--cluster-name {self.cluster_name!r} is not a valid name of an EKS cluster",
                hint="use at most 100 letters, digits, - and _; start with a letter or digit",
            )
        if "karpenter" in kinds and not (self.node_role or "").strip():
            raise InputError(
                "--emit karpenter needs the IAM role of the nodes",
                hint="pass it with --node-role, often KarpenterNodeRole-CLUSTER",
            )

    @property
    def leaves_output(self) -> bool:
        """True where standard output is left for the plan itself."""
        return not self.emit or self.emit_to is not None

    def write(self, plan: Plan, snapshot: Snapshot, pools: tuple[NodePool, ...]) -> None:
        """Write what is asked for."""
        if not self._kinds:
            return
        from kubestow.report.hand_over import HandOverError  # yaml: only a hand-over pays for it

        try:
            texts = {kind: self._text(kind, plan, snapshot, pools) for kind in self._kinds}
        except HandOverError as problem:
            raise InputError(problem.message, hint=problem.hint) from problem
        if plan.unschedulable:
            pods = counted(len(plan.unschedulable), "pod")
            say(f"note: {pods} cannot run: they are not in the emitted configuration")
        if self.emit_to is None:
            show_document(texts[self._kinds[0]])
            return
        for kind, text in texts.items():
            path = self._path(kind)
            write_whole(path, text.encode())
            say(f"wrote {path}")

    def _path(self, kind: str) -> Path:
        target = Path(str(self.emit_to))
        if target.suffix in _SUFFIXES and not target.is_dir():
            return target
        target.mkdir(parents=True, exist_ok=True)
        return target / _FILES[kind]

    def _text(self, kind: str, plan: Plan, snapshot: Snapshot, pools: tuple[NodePool, ...]) -> str:
        from kubestow.report.eksctl_yaml import eksctl_yaml
        from kubestow.report.karpenter_yaml import karpenter_yaml
        from kubestow.report.kubectl_script import kubectl_script

        name, role, held = self.cluster_name or "", self.node_role or "", self.held
        writers: dict[str, Callable[[], str]] = {
            "karpenter": lambda: karpenter_yaml(
                plan, snapshot, pools, cluster_name=name, node_role=role, held=held
            ),
            "eksctl": lambda: eksctl_yaml(plan, snapshot, pools, cluster_name=name, held=held),
            "kubectl": lambda: kubectl_script(plan, snapshot, pools, held=held),
        }
        return writers[kind]()
