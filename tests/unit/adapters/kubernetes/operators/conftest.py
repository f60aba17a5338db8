import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster

POD = {"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "1"}}}]}}


@dataclass(frozen=True)
class Outcome:
    """What a reading of custom objects came to."""

    cluster: Cluster
    problems: list[InputProblem]

    @property
    def counts(self) -> dict[str, int]:
        """Return the pods by the name of their workload."""
        return dict(Counter(pod.name.rpartition("-")[0] for pod in self.cluster.pods))

    def pods(self, start: str) -> list[Pod]:
        """Return the pods whose name starts so."""
        return [pod for pod in self.cluster.pods if pod.name.startswith(start)]

    def requests(self, start: str) -> dict[str, int]:
        """Return what one of these pods requests: millicpu and MiB."""
        asked = dict(self.pods(start)[0].template.requests)
        return {"cpu": asked.get("cpu", 0), "memory": asked.get("memory", 0) // 2**20}


@pytest.fixture
def make() -> Callable[..., Outcome]:
    """Read objects given as mappings or YAML: (apiVersion, kind, spec), named x, or whole ones."""

    def maker(*objects: Any, **options: Any) -> Outcome:
        problems: list[InputProblem] = []
        documents: list[Document] = []
        for item in objects:
            value = item
            if isinstance(item, tuple):
                version, kind, spec = item
                spec = yaml.safe_load(spec) if isinstance(spec, str) else spec
                head = {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}}
                value = head | {"spec": spec}
            text = value if isinstance(value, str) else json.dumps(value)
            documents += read_documents(Source("in.yaml", text.encode()), problems)
        return Outcome(read_cluster(documents, problems, **options), problems)

    return maker
