"""How to reach an API server, as kubectl is told it: kubeconfig files, or the pod one runs in.

Source: Kubernetes, concepts/configuration/organize-cluster-access-kubeconfig (merging: of several
files the first to name something wins; paths are relative to their file).
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubestow.adapters.home import home_file
from kubestow.adapters.input_file import MIB, read_text_file
from kubestow.model.input_error import InputError
from kubestow.model.suggestion import did_you_mean

if TYPE_CHECKING:
    from lightkube.config.kubeconfig import SingleConfig

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_MAKE_ONE = "'aws eks update-kubeconfig --name CLUSTER' writes one; or name it with --kubeconfig"
_CREDENTIALS = "client.authentication.k8s.io"
_SECTIONS = ("clusters", "contexts", "users")
_PATHS = {
    "cluster": ("certificate-authority",),
    "user": ("client-certificate", "client-key", "tokenFile"),
}


@dataclass(frozen=True, slots=True)
class ServerAccess:
    """A context's cluster and user, and how to come to it.

    ``proxy`` is the URL of a proxy of its own, ``server_name`` the name that the certificate of the
    server is for, where that is not its address; both may be empty.
    """

    config: "SingleConfig"
    proxy: str = ""
    server_name: str = ""


def configuration(kubeconfig: str | None, context: str | None) -> ServerAccess:
    """Return the cluster and user of a context; raise InputError where there is none.

    Without ``kubeconfig`` it is that of KUBECONFIG, of the home directory, or of the pod that this
    runs in, in this order.
    """
    from lightkube.config.kubeconfig import KubeConfig, SingleConfig
    from lightkube.core.exceptions import ConfigError

    paths = [kubeconfig] if kubeconfig else _usual()
    if not paths and os.environ.get("KUBERNETES_SERVICE_HOST"):
        try:
            found = KubeConfig.from_service_account(SERVICE_ACCOUNT).get()
        except (ConfigError, KeyError, OSError) as problem:
            raise InputError(
                f"the pod's service account cannot be used: {problem}",
                hint="the pod needs automountServiceAccountToken",
            ) from problem
        assert isinstance(found, SingleConfig), "the service account is its only context"
        return ServerAccess(found)
    if not paths:
        raise InputError("there is no kubeconfig", hint=_MAKE_ONE)
    merged = _merged(paths)
    name = context or merged["current-context"]
    cluster = _checked(merged, name, paths)
    try:
        chosen = KubeConfig.from_dict(merged, fname=paths[0]).get(name)
    except (ConfigError, KeyError, TypeError, ValueError) as problem:
        raise InputError(
            f"{', '.join(paths)}: context {name!r} cannot be used: {problem}",
            hint="'kubectl config view --minify' shows what kubectl reads",
        ) from problem
    assert isinstance(chosen, SingleConfig), "a context was named"
    said = (cluster.get(key) or "" for key in ("proxy-url", "tls-server-name"))
    proxy, server_name = map(str, said)
    return ServerAccess(chosen, proxy, server_name)


def _usual() -> list[str]:
    """Return the kubeconfig files that there are, where none is named."""
    named = [path for path in os.environ.get("KUBECONFIG", "").split(os.pathsep) if path]
    if named:
        return [path for path in named if Path(path).exists()] or named[:1]
    usual = home_file(".kube", "config")
    return [str(usual)] if usual is not None and usual.exists() else []


def _merged(paths: list[str]) -> dict[str, Any]:
    """Return what several files say together; the first to name something wins."""
    merged: dict[str, Any] = {"current-context": "", **{name: [] for name in _SECTIONS}}
    for path in paths:
        said = _read(path)
        merged["current-context"] = merged["current-context"] or said.get("current-context") or ""
        for section in _SECTIONS:
            known = {item["name"] for item in merged[section]}
            for item in said.get(section) or []:
                if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
                    raise InputError(
                        f"{path}: {section}: an entry has no name",
                        hint="'kubectl config view' tells whether kubectl can read it",
                    )
                if item["name"] not in known:
                    merged[section].append(_with_whole_paths(item, Path(path).parent))
    return merged


def _read(path: str) -> Mapping[str, Any]:
    import yaml

    hint = "expected a kubeconfig: a mapping with clusters, contexts and users"
    content = read_text_file(path, hint=_MAKE_ONE, limit=MIB)
    try:
        said = yaml.safe_load(content)
    except (yaml.YAMLError, RecursionError) as problem:
        line = " ".join(str(problem).split())
        raise InputError(f"{path}: not valid YAML: {line}", hint=hint) from problem
    if not isinstance(said, Mapping):
        raise InputError(f"{path}: not a kubeconfig", hint=hint)
    return said


def _with_whole_paths(item: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return an entry whose paths are no longer relative to its file.

    Version v1 of credential plugins becomes v1beta1, which the client knows: what is read of their
    answer is the same.
    """
    whole = dict(item)
    for name, keys in _PATHS.items():
        inner = whole.get(name)
        if isinstance(inner, Mapping):
            paths = {key: str(folder / inner[key]) for key in keys if inner.get(key)}
            whole[name] = {**inner, **paths}
    user = whole.get("user")
    plugin = user.get("exec") if isinstance(user, Mapping) else None
    if isinstance(user, Mapping) and isinstance(plugin, Mapping):
        command, version = plugin.get("command"), plugin.get("apiVersion")
        changed = dict(plugin)
        if isinstance(command, str) and "/" in command:
            changed["command"] = str(folder / command)
        if version == f"{_CREDENTIALS}/v1":
            changed["apiVersion"] = f"{_CREDENTIALS}/v1beta1"
        whole["user"] = {**user, "exec": changed}
    return whole


def _checked(merged: Mapping[str, Any], name: str, paths: list[str]) -> Mapping[str, Any]:
    """Return the cluster of a context; raise InputError where it is not there, or names nothing."""
    files, contexts = ", ".join(paths), [item["name"] for item in merged["contexts"]]
    if not name:
        listed = f"name one with --context: {', '.join(contexts)}" if contexts else _MAKE_ONE
        raise InputError(f"{files}: no current context", hint=listed)
    if name not in contexts:
        hint = did_you_mean(name, contexts) or f"contexts: {', '.join(contexts) or 'none'}"
        raise InputError(f"{files}: there is no context {name!r}", hint=hint)
    entry = next(item for item in merged["contexts"] if item["name"] == name)
    entry["context"] = context = dict(entry.get("context") or {})
    for section, key in (("clusters", "cluster"), ("users", "user")):
        wanted = context.get(key)
        if key == "user" and not wanted:  # nobody in particular, as through 'kubectl proxy'
            context.pop("user", None)
            continue
        if wanted not in {item["name"] for item in merged[section]}:
            raise InputError(
                f"{files}: context {name!r} names the {key} {wanted!r}, which is not there",
                hint=f"'kubectl config get-{section}' lists those that are",
            )
    return next(
        item.get("cluster") or {}
        for item in merged["clusters"]
        if item["name"] == context["cluster"]
    )


def authority_of(access: ServerAccess) -> bytes:
    """Return the certificate authority of a cluster, as PEM; empty where there is none."""
    cluster = access.config.cluster
    if cluster.certificate_auth_data:
        return base64.b64decode(cluster.certificate_auth_data)
    if not cluster.certificate_auth:
        return b""
    path = access.config.abs_file(cluster.certificate_auth)
    return read_text_file(str(path), hint="it is the authority of the context's cluster")
