"""The snapshot command: a cluster, or files, as one file that -f reads."""

from typing import Annotated

from cyclopts import Parameter

from kubestow.adapters.files import documents_of
from kubestow.adapters.kubernetes.anonymous import anonymous
from kubestow.adapters.kubernetes.dump import dump
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag
from kubestow.cli.console import say, say_problems, show_json
from kubestow.cli.reading import InputOptions
from kubestow.model.counted import counted
from kubestow.model.input_error import InputError, InputProblem


def snapshot_command(
    *,
    cluster: Flag = False,
    context: str | None = None,
    kubeconfig: str | None = None,
    filename: Annotated[
        list[str] | None,
        Parameter(name=["--filename", "-f"], negative=(), allow_leading_hyphen=True),
    ] = None,
    anonymise: Flag = False,
) -> int:
    """Write a running cluster as one file that -f reads: the plan for it is that for the cluster.

    Only what plans depend on is in it: no Secrets, no ConfigMaps, no environment variables,
    commands or probes. Nothing in the cluster is changed.

    For example:

    kubestow snapshot --cluster > cluster.json

    kubestow snapshot --context seoul --anonymise > for-a-bug-report.json

    kubestow plan -f cluster.json --region ap-northeast-2

    Parameters
    ----------
    cluster
        The cluster of the kubeconfig's current context.
    context
        The cluster of this context of the kubeconfig.
    kubeconfig
        The kubeconfig to take the context from. The default is KUBECONFIG, ~/.kube/config, or the
        service account of the pod that this runs in.
    filename
        A dump or manifests instead: a file, a directory, a quoted glob, or - for standard input.
        May be repeated.
    anonymise
        Write codes for all names, the same for the same word, and only the fields that are read.
        Numbers, sizes, zones and instance types are kept, so that the plan is the same; objects of
        operators are left out.
    """
    source = InputOptions(
        filename=filename, cluster=cluster, context=context, kubeconfig=kubeconfig
    )
    problems: list[InputProblem] = []
    made = dump(
        documents_of(source.manifests(), problems), problems, anonymous if anonymise else None
    )
    say_problems(problems)
    if not made.objects:
        raise InputError("no objects in the input", hint="pass --cluster, or files with -f")
    show_json(made.content.decode())
    for kind, count in made.left_out:
        say(f"left out: {counted(count, kind)}")
    say(f"{counted(made.objects, 'object')} written"
        + (", without names" if anonymise else ""))  # fmt: skip
    return exit_codes.WRONG_INPUT if problems else exit_codes.OK
