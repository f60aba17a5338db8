"""The files of 'compare': machines and Fargate profiles, and the field of an error in them."""

from pathlib import Path

import pytest

from kubestow.adapters.compute_files import read_machines, read_profiles
from kubestow.model.input_error import InputError
from kubestow.model.machine import Machine

HEAD = "apiVersion: kubestow.dev/v1alpha1\nkind: Machines\nmachines:\n"


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    return str(path)


def machine(**fields: str) -> str:
    """Return a Machines file with one machine, with fields changed."""
    own = {"name": "rack", "vcpu": "16", "memory": "64Gi"} | fields
    return HEAD + "- {" + ", ".join(f"{name}: {text}" for name, text in own.items()) + "}\n"


def test_a_machine_has_defaults_for_what_is_omitted(tmp_path: Path) -> None:
    assert read_machines(write(tmp_path, machine())) == (
        Machine("rack", 16, 64 * 2**30, 1, 110, "amd64", "", (), 0, ""),
    )


def test_a_machine_has_its_price_labels_and_zone(tmp_path: Path) -> None:
    text = machine(count="3", usdPerHour="0.5", labels="{b: x, a: y}", zone="seoul-1",
                   architecture="arm64", pods="250", source="invoice")  # fmt: skip
    assert read_machines(write(tmp_path, text)) == (
        Machine("rack", 16, 64 * 2**30, 3, 250, "arm64", "seoul-1", (("a", "y"), ("b", "x")),
                500_000_000, "invoice"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (machine(vcpu="0"), "machines[0].vcpu: 0 is not a whole number from 1 to 100000",
         "examples/machines.yaml"),
        (HEAD + "- {name: a, memory: 1Gi}", "machines[0].vcpu: None is not a whole number",
         "examples/machines.yaml"),
        (machine(pods="100001"), "machines[0].pods: 100001 is not", "examples/machines.yaml"),
        (machine(memory="1Qi"), "machines[0].memory: ", "use a quantity such as 64Gi"),
        (machine(architecture="ppc"), "machines[0].architecture: unknown architecture 'ppc'",
         "expected amd64 or arm64"),
        (machine(usdPerHour="10001"), "machines[0].usdPerHour: 10001 is out of range",
         "use USD per hour, from 0 to 10000"),
        (machine(cores="3"), "machines[0]: unknown field cores", "examples/machines.yaml"),
        (machine(name='""'), "machines[0].name: is missing", "examples/machines.yaml"),
        (machine() + "- {name: rack, vcpu: 1, memory: 1Gi}",
         "machines[1].name: duplicate name 'rack'", "use a unique name for each"),
        (HEAD + "  []", "machines: is empty", "examples/machines.yaml"),
        (machine().replace("Machines", "Machine"),
         "kind: expected kubestow.dev/v1alpha1 Machines, found kubestow.dev/v1alpha1 Machine",
         "examples/machines.yaml"),
    ],
)  # fmt: skip
def test_an_error_in_a_machines_file_names_the_field(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as raised:
        read_machines(path)
    assert f"{path}: Machines: {message}" in raised.value.message
    assert hint in raised.value.hint


def test_profiles_are_read_from_a_cluster_config_whose_other_fields_are_ignored(
    tmp_path: Path,
) -> None:
    (profile,) = read_profiles(
        write(tmp_path, "kind: ClusterConfig\nmetadata: [odd]\nfargateProfiles:\n"
              "- {name: web, selectors: [{namespace: shop, labels: {app: web}}]}\n")
    )  # fmt: skip
    assert profile.name == "web"
    assert profile.selects("shop", {"app": "web", "tier": "front"})
    assert not profile.selects("shop", {"app": "db"})


def test_a_file_without_profiles_is_an_error_that_shows_the_format(tmp_path: Path) -> None:
    path = write(tmp_path, "kind: ClusterConfig\nfargateProfiles: []\n")
    with pytest.raises(InputError, match="fargateProfiles: is missing or empty") as raised:
        read_profiles(path)
    assert "write fargateProfiles: " in raised.value.hint
