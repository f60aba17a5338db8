"""Versions and their dates."""

from dataclasses import replace
from datetime import date

from kubestow.model.finding import Subject
from kubestow.model.setup import ClusterVersion
from kubestow.preflight import kubernetes_version as check

from .builders import config, found, one, setup, unjudged


def test_extended_support_costs_six_times_as_much() -> None:
    finding = one(check, setup(config_of=config(version="1.31")))
    assert (finding.severity, finding.field) == ("warning", "metadata.version")
    assert finding.reason == (
        "1.31 is in extended support from 2025-11-26 to 2026-11-26: the control plane costs 0.60 "
        "USD per hour instead of 0.10"
    )


def test_the_version_that_a_cluster_runs_is_named_by_who_tells_it() -> None:
    subject = Subject("Node", "n1", "", "cluster.json")
    of = setup(version=ClusterVersion(31, subject, "status.nodeInfo.kubeletVersion"))
    finding = one(check, of)
    assert (finding.subject, finding.field) == (subject, "status.nodeInfo.kubeletVersion")
    assert finding.fix == "upgrade the cluster, one minor version at a time"


def test_out_of_support_is_an_error() -> None:
    for version in ("1.29", "1.20"):
        finding = one(check, setup(config_of=config(version=version)))
        assert finding.severity == "error"
        assert f"extended support of {version} ended" in finding.reason


def test_standard_support_passes_until_its_last_day() -> None:
    of = setup(config_of=config(version="1.34"))
    assert found(check, of) == []
    assert one(check, replace(of, today=date(2026, 12, 2)))


def test_a_version_without_dates_is_not_judged() -> None:
    assert unjudged(check, setup(config_of=config(version="1.99"))) == [
        "this version of kubestow does not know the support dates of 1.99"
    ]
    assert unjudged(check, setup(config_of=config())) == ["metadata.version is not set"]
    assert unjudged(check, setup()) == ["no --cluster-config given"]
