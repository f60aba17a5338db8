"""A controller acts on the cluster that EKS describes, and says what of a class is wrong."""

import base64
from typing import Any

import pytest

from kubestow.adapters.aws.eks_cluster import EksCluster
from kubestow.live import node_templates
from kubestow.live.launching import WantedNode
from kubestow.live.node_templates import ClassReader, eks_cloud
from kubestow.model import labels as names
from kubestow.model.input_error import InputError

PEM = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
CLUSTER = EksCluster("shop", "https://x", base64.b64encode(PEM).decode(), "10.100.0.0/16", "1.34")
CLASS = (
    b'{"metadata":{"name":"web"},"spec":{"role":"nodes","amiSelectorTerms":[{"alias":"al2023@latest"}],'
    b'"subnetSelectorTerms":[{"id":"subnet-1"}],"securityGroupSelectorTerms":[{"id":"sg-1"}]}}'
)


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clients:
        ec2 = eks = None

    monkeypatch.setattr(node_templates, "make_launch_clients", lambda region, may_act: Clients)
    monkeypatch.setattr(node_templates, "described_cluster", lambda eks, name, region: CLUSTER)


def cloud(authority: bytes | None, classes: dict[str, bytes] | None = None) -> Any:
    reader = ClassReader("test", lambda: classes or {})
    return eks_cloud(
        "shop", "us-east-1", reader, {}, now=lambda: 0, may_act=lambda: True, authority=authority
    )


def test_the_authority_of_the_cluster_is_that_of_the_context(described: None) -> None:
    assert cloud(PEM.replace(b"\n", b"\r\n")).fleets is not None
    assert cloud(None).fleets is not None


@pytest.mark.parametrize(("authority", "said"), [(b"other", "another"), (b"", "no certificate")])
def test_another_cluster_is_refused(described: None, authority: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        cloud(authority)


def test_classes_are_read_again_where_they_changed() -> None:
    objects = {"web": CLASS}
    reader = ClassReader("test", lambda: objects)
    assert reader.classes()["web"].role == "nodes"
    objects["web"] = CLASS.replace(b'"nodes"', b'"others"')
    assert reader.classes()["web"].role == "others"
    objects["web"] = CLASS.replace(b'"al2023@latest"', b'"al3000@latest"')
    assert reader.classes() == {}
    assert [problem.subject for problem in reader.problems] == ["EC2NodeClass web"]


def test_what_could_not_be_prepared_has_another_name_once_its_class_has_changed(
    described: None,
) -> None:
    classes: dict[str, bytes] = {"other": CLASS.replace(b'"web"', b'"other"')}
    templates = cloud(None, classes).templates
    labels = ((names.NODE_CLASS, "web"),)
    wanted = WantedNode("general", "amd64", "m5.large", "spot", labels, (), 0)
    found = []
    for _ in range(2):
        with pytest.raises(InputError):
            templates.prepared(wanted, "us-east-1a", 1)
        found.append(templates.name(wanted))
    templates._unprepared.add(wanted)  # as after a request to AWS that was refused
    classes["web"] = CLASS
    found += [templates.name(wanted), templates.name(wanted)]
    classes["web"] = CLASS.replace(b'"subnet-1"', b'"subnet-2"')
    found.append(templates.name(wanted))
    assert [found[0] == found[1], found[1] == found[2], found[2] == found[3]] == [True, False, True]
    assert found[3] != found[4]
