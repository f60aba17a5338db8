"""Spread constraints without enough domains."""

from dataclasses import replace

from kubestow.preflight import spread_cannot_be_met as check
from kubestow.testing import spread

from .builders import config, found, group, one, setup, unjudged, workload

ZONE = spread("topology.kubernetes.io/zone", app="web")


def test_min_domains_above_the_zones_there_are() -> None:
    item = workload(replicas=6, spread=(replace(ZONE, min_domains=3),))
    finding = one(check, setup(item, config_of=config(group())))
    assert finding.severity == "error"
    assert finding.field == "spec.template.spec.topologySpreadConstraints[0]"
    assert finding.reason == (
        "minDomains is 3, but nodes can be in only 2 domains of topology.kubernetes.io/zone, so "
        "each takes at most 1 (maxSkew): 4 replicas of 6 stay Pending"
    )


def test_a_key_that_no_node_has() -> None:
    item = workload(spread=(spread("example.com/rack", app="web"),))
    finding = one(check, setup(item, config_of=config(group())))
    assert finding.reason == "no node it may use has the label example.com/rack"


def test_hosts_are_counted_at_the_largest_size() -> None:
    hosts = replace(spread("kubernetes.io/hostname", app="web"), min_domains=4)
    item = workload(replicas=4, spread=(hosts,))
    assert one(check, setup(item, config_of=config(group(maximum=3))))
    assert found(check, setup(item, config_of=config(group(maximum=4)))) == []


def test_enough_domains_or_few_enough_replicas_pass() -> None:
    assert (
        found(check, setup(workload(replicas=9, spread=(ZONE,)), config_of=config(group()))) == []
    )
    few = workload(replicas=2, spread=(replace(ZONE, min_domains=3),))
    assert found(check, setup(few, config_of=config(group()))) == []
    assert unjudged(check, setup(few)) != []
