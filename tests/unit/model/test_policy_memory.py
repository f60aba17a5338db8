import pickle
from typing import get_args

import pytest

from kubestow.model.policy_memory import PolicyMemory


@pytest.mark.parametrize("memory", get_args(PolicyMemory))
def test_a_policy_without_its_memory_starts_from_the_defaults(memory: type) -> None:
    assert memory() == pickle.loads(pickle.dumps(memory()))  # its own


def test_each_policy_remembers_with_a_type_of_its_own() -> None:
    memories = get_args(PolicyMemory)
    assert len(set(memories)) == len(memories) == 3
