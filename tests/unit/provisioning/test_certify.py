"""A proof as a certificate: whole numbers, never stronger than the proof."""

from kubestow.provisioning.assemble import assemble
from kubestow.provisioning.certify import certify
from kubestow.provisioning.provision import provision
from kubestow.testing import nodepool, pod, replicas, snapshot
from kubestow.verify.bound import check_bound

POOLS = (nodepool("p"),)
STATE = snapshot(
    (*replicas(6, "large", "1200m"), *replicas(6, "small", "700m"), pod("huge", "999"))
)


def test_it_claims_no_more_than_the_proof_and_the_judge_agrees() -> None:
    fleet = provision(STATE, POOLS, work_limit=400)
    plan = assemble(fleet)
    certificate = certify(fleet, plan)
    proven = fleet.prover.lower_bound.nano_usd_per_hour
    assert proven * (1 - 1e-5) < certificate.bound_nano_usd_per_hour <= proven
    assert check_bound(STATE, certificate, POOLS).failures == ()


def test_values_are_of_the_pods_that_are_planned() -> None:
    fleet = provision(STATE, POOLS, work_limit=100)
    certificate = certify(fleet, assemble(fleet))
    named = {key for value in certificate.values for key in value.pods}
    assert "default/huge" not in named
    assert "default/large-0" in named
