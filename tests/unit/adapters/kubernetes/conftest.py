from collections.abc import Callable
from typing import Any

import pytest

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem
from kubestow.model.snapshot import Cluster


@pytest.fixture
def read() -> Callable[..., Cluster]:
    """Read YAML texts that must hold no mistake."""

    def reader(*texts: str, **options: Any) -> Cluster:
        problems: list[InputProblem] = []
        documents: list[Document] = []
        for text in texts:
            documents += read_documents(Source("in.yaml", text.encode()), problems)
        cluster = read_cluster(documents, problems, **options)
        assert problems == []
        return cluster

    return reader
