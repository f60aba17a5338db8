"""A refusal: the nodes that one filter keeps a pod from, with kube-scheduler's words for it."""

from typing import NamedTuple

from kubestow.scheduling.candidate_index import Mask


class Refusal(NamedTuple):
    """A reason and the nodes it holds for.

    ``hopeless`` are those of them where evicting other pods would not help
    (UnschedulableAndUnresolvable); True and False speak for all of them.
    """

    reason: str
    nodes: Mask
    hopeless: Mask | bool = False
