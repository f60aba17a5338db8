"""The vpc-cni add-on of a ClusterConfig: how pods get their addresses."""

from collections.abc import Sequence
from typing import Any

from kubestow.adapters.eksctl.wire import AddonShape
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.vpc_cni import CUSTOM_NETWORKING, PREFIX_DELEGATION, is_on
from kubestow.model.nodepool import Networking

_HINT = 'write it like \'{"env": {"ENABLE_PREFIX_DELEGATION": "true"}}\''


def networking(addons: Sequence[AddonShape] | None) -> Networking:
    """Return what the add-on is configured to do; raise FieldError where it cannot be read."""
    for number, addon in enumerate(addons or ()):
        if addon.name == "vpc-cni":
            field = f"addons[{number}].configurationValues"
            variables = _variables(addon.configuration_values, field)
            return Networking(
                is_on(variables.get(PREFIX_DELEGATION)), is_on(variables.get(CUSTOM_NETWORKING))
            )
    return Networking()


def _variables(values: Any, field: str) -> dict[str, Any]:
    """Return the environment variables of an add-on's configuration."""
    if isinstance(values, str) and values.strip():
        from kubestow.adapters.manifest_yaml import (
            DuplicateKeys,
            UnfitDocument,
            YamlError,
            read_values,
        )

        try:
            values = next(iter(read_values(values)), None)  # JSON is YAML
        except YamlError as problem:
            raise FieldError(field, f"is neither JSON nor YAML: {problem}", _HINT) from problem
        if isinstance(values, DuplicateKeys | UnfitDocument):
            raise FieldError(field, f"is neither JSON nor YAML: {values}", _HINT)
    env = values.get("env") if isinstance(values, dict) else None
    return env if isinstance(env, dict) else {}
