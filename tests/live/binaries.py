"""The binaries of the live test bed, beside those that decisions are compared with.

Law: their modules are apart from those of tests/differential, so that a change here builds no
API server anew.
"""

from pathlib import Path

from tests.differential.binaries import CACHE, BinarySet, GoCommand, kubernetes_command

LIVE = BinarySet(
    "KUBESTOW_LIVE_BIN",
    Path(__file__).resolve().parent / "go",
    CACHE / "live",
    (
        GoCommand("kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok"),
        kubernetes_command("kube-controller-manager"),
    ),
)
"""What makes and ends pods: the controllers, and KWOK for the kubelets."""
