"""What terms of eviction come to."""

from kubestow.model.eviction_terms import EvictionTerms


def test_a_pod_that_may_never_be_evicted_is_told_from_one_that_must_be_old_enough() -> None:
    assert EvictionTerms(do_not_disrupt=True).forbids
    assert EvictionTerms(safe_to_evict=False).forbids
    assert not EvictionTerms(protected_seconds=600, safe_to_evict=True).forbids


def test_local_data_is_lost_unless_the_pod_is_declared_safe() -> None:
    assert EvictionTerms(local_volumes=("a",)).loses_data
    assert EvictionTerms(local_volumes=("a",), safe_to_evict=False).loses_data
    assert not EvictionTerms(local_volumes=("a",), safe_to_evict=True).loses_data
    assert not EvictionTerms().loses_data
