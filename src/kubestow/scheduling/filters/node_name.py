"""NodeName: a pod that names its node may run there alone.

Source: pkg/scheduler/framework/plugins/nodename (Kubernetes 1.34). Such a pod never waits for the
scheduler: it is bound from the start, so nothing is refused on this ground.
"""

from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal

NAME = "NodeName"
REASON = "node(s) didn't match the requested node name"


def refusals(context: PodContext) -> list[Refusal]:
    """Return nothing: whoever is asked about is not bound."""
    return []
