"""Runs what the Deployment of kubestow's controller says, with the rights of its ServiceAccount.

Law: a process lives as long as its pod runs, and is started again where it ends, as kubelet does.
KWOK says that pods run; what runs in them is here.
"""

import json
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.differential.model import Object
from tests.differential.processes import Child

from .bed import LiveBed
from .cloud import LiveCloud

ACCOUNT = "system:serviceaccount:kubestow:kubestow-controller"
_APP = "kubestow-controller"
_CONFIGURATION = "/etc/kubestow/"
_LOOK_SECONDS, _AGAIN_SECONDS = 0.5, 5.0
_CONFIGMAP = "/api/v1/namespaces/kubestow/configmaps/kubestow"


@dataclass
class DeployedController:
    """The processes, by their pods' uids; ``starts`` counts them."""

    bed: LiveBed
    served: LiveCloud
    folder: Path
    starts: int = 0
    _running: dict[str, Child] = field(default_factory=dict)
    _again_at: dict[str, float] = field(default_factory=dict)

    def run(self, stopped: threading.Event) -> None:
        """Run until stopped."""
        kubeconfig = self.bed.plane.kubeconfig_of(ACCOUNT)
        log = (self.folder / "controller.log").open("ab", buffering=0)
        try:
            while not stopped.wait(_LOOK_SECONDS):
                pods = {pod["metadata"]["uid"]: pod for pod in self._pods()}
                for uid in [uid for uid in self._running if uid not in pods]:
                    self._running.pop(uid).stop()
                for uid, pod in pods.items():
                    running = self._running.get(uid)
                    if running is not None and running.running:
                        continue
                    if time.monotonic() < self._again_at.get(uid, 0.0):
                        continue
                    self._again_at[uid] = time.monotonic() + _AGAIN_SECONDS
                    self._running[uid] = Child(
                        "kubestow run", self._command(pod, kubeconfig), log.write
                    )
                    self.starts += 1
        finally:
            for each in self._running.values():
                each.stop()
            log.close()

    def _pods(self) -> list[Object]:
        return [
            pod
            for pod in self.bed.api.objects("Pod")
            if pod["metadata"].get("labels", {}).get("app.kubernetes.io/name") == _APP
            and pod["status"]["phase"] == "Running"
            and "deletionTimestamp" not in pod["metadata"]
        ]

    def _command(self, pod: Object, kubeconfig: str) -> list[str]:
        words = iter(pod["spec"]["containers"][0]["args"])
        said: list[str] = []
        for word in words:
            if word == "--cluster":
                said += ["--kubeconfig", kubeconfig]
            elif word == "--listen":
                next(words)  # two pods have one address here
            elif word.startswith(_CONFIGURATION):
                said.append(str(self._file(word.removeprefix(_CONFIGURATION))))
            else:
                said.append(word)
        settings = {
            "AWS_ENDPOINT_URL": self.served.endpoint, "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true",
        }  # fmt: skip
        environment = (f"{key}={value}" for key, value in settings.items())
        return ["env", *environment, sys.executable, "-m", "kubestow", *said,
                "--unverified-cluster"]  # fmt: skip

    def _file(self, name: str) -> Path:
        """Return a file of the ConfigMap that the pod mounts."""
        content = json.loads(self.bed.api.call("GET", _CONFIGMAP))["data"][name]
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path
