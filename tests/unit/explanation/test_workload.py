from dataclasses import replace

import pytest

from kubestow.explanation.workload import siblings
from kubestow.model.pod import Pod
from kubestow.testing import pod, selector

APP = {"app": "web"}
WEB = pod("web-x", labels=APP)


@pytest.mark.parametrize(
    ("one", "other", "are_siblings"),
    [
        pytest.param(
            WEB,
            pod("web-y", labels=APP),
            True,
            id="labels alike, whatever name",
        ),
        pytest.param(
            pod("db-0", labels=APP | {"apps.kubernetes.io/pod-index": "0"}),
            pod("db-1", labels=APP | {"apps.kubernetes.io/pod-index": "1"}),
            True,
            id="labels that number the pods of a StatefulSet do not tell them apart",
        ),
        pytest.param(
            pod("web-x", labels=APP | {"pod-template-hash": "a"}),
            pod("web-y", labels=APP | {"pod-template-hash": "b"}),
            True,
            id="nor do those that number its revisions",
        ),
        pytest.param(WEB, pod("web-y", labels={"app": "b"}), False, id="other labels"),
        pytest.param(
            WEB,
            pod("web-y", cpu="2", labels=APP),
            False,
            id="another template",
        ),
        pytest.param(
            WEB,
            pod("web-y", labels=APP, namespace="shop"),
            False,
            id="another namespace",
        ),
        pytest.param(
            WEB,
            replace(pod("web-y", labels=APP), owner_selector=selector(app="web")),
            False,
            id="another owner",
        ),
        pytest.param(pod("a-0"), pod("a-12"), True, id="without labels the name but its number"),
        pytest.param(pod("a-0"), pod("b-0"), False, id="without labels another name"),
    ],
)
def test_pods_of_one_workload_are_alike_in_all_that_a_change_of_it_concerns(
    one: Pod, other: Pod, are_siblings: bool
) -> None:
    assert siblings([one, other], 0) == ((0, 1) if are_siblings else (0,))
    assert siblings([one, other], 1) == ((0, 1) if are_siblings else (1,))
