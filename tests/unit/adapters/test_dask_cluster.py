"""Calls dealt to a real local cluster: values, errors, and the call that workers die of."""

import os
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import psutil
import pytest

from kubestow.adapters.dask_cluster import (
    check_encryption,
    local_client,
    outcomes,
    remote_client,
)
from kubestow.model.input_error import InputError
from kubestow.model.sweep import RunOutcome


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with local_client(1) as found:
        yield found


def collected(
    client: Any, function: Any, shared: Any, calls: dict[str, Any]
) -> dict[str, RunOutcome]:
    found = [one for batch in outcomes(client, function, shared, calls) for one in batch]
    assert len(found) == len({one.key for one in found})
    return {one.key: one for one in found}


def test_every_call_has_its_value_or_its_error_and_the_rest_goes_on(client: Any) -> None:
    found = collected(client, divmod, 7, {"a": 2, "b": 0, "c": 3})
    assert (found["a"].value, found["c"].value) == ((3, 1), (2, 1))
    assert isinstance(found["b"].error, ZeroDivisionError)
    assert not found["b"].is_worker_lost


def test_a_call_that_workers_die_of_is_given_up_and_others_go_on(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.cluster.scheduler, "allowed_failures", 1)
    assert collected(client, die_at, 3, {"d": 3})["d"].is_worker_lost
    assert collected(client, die_at, 3, {"e": 1})["e"].value == 1


def test_the_shared_value_outlives_the_only_worker_that_held_it(
    client: Any, tmp_path: Path
) -> None:
    found = collected(client, die_once, (str(tmp_path / "died"), "shared"), {"g": 1, "h": 2})
    assert {key: one.value for key, one in found.items()} == {"g": "shared", "h": "shared"}


def test_processes_listen_on_loopback_only(client: Any) -> None:
    workers = [psutil.Process(pid) for pid in client.run(os.getpid).values()]
    addresses = {
        connection.laddr.ip
        for process in (psutil.Process(), *workers)
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def test_two_sweeps_at_once_do_not_want_the_same_port(client: Any) -> None:
    with warnings.catch_warnings(), local_client(1) as other:
        warnings.simplefilter("error")
        assert client.cluster.scheduler.http_server.port != other.cluster.scheduler.http_server.port


def test_ctrl_c_is_left_to_the_program_that_started_the_workers(client: Any) -> None:
    (handler,) = client.run(signal.getsignal, signal.SIGINT).values()
    assert handler == signal.SIG_IGN


def test_an_address_that_is_none_is_said() -> None:
    with (
        pytest.raises(InputError, match="no Dask scheduler responds at this address"),
        remote_client("x:y:z"),
    ):
        pass


def die_at(shared: int, call: int) -> int:
    if call == shared:
        os.kill(os.getpid(), signal.SIGKILL)
    return call


def die_once(shared: tuple[str, str], call: int) -> str:
    path = Path(shared[0])
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return shared[1]


def test_local_processes_speak_tls_with_a_key_of_their_own(client: Any) -> None:
    assert client.scheduler.address.startswith("tls://")
    address = client.scheduler.address.removeprefix("tls://")
    with pytest.raises(InputError, match="no Dask scheduler responds"), remote_client(address):
        pass


@pytest.mark.parametrize("scheduler", ["tcp://10.0.0.5:8786", "10.0.0.5:8786", "ws://x", "ucx://x"])
def test_a_scheduler_without_tls_is_refused_unless_told_otherwise(scheduler: str) -> None:
    with pytest.raises(InputError, match="whoever reaches it can run code") as caught:
        check_encryption(scheduler, insecure=False)
    assert "--insecure-scheduler" in caught.value.hint
    check_encryption(scheduler, insecure=True)


def test_a_scheduler_with_tls_is_accepted() -> None:
    check_encryption("tls://10.0.0.5:8786", insecure=False)
    check_encryption("wss://x", insecure=False)


def test_a_worker_that_takes_long_to_start_again_is_waited_for(client: Any) -> None:
    found = dask.config.get("distributed.deploy.lost-worker-timeout")
    assert dask.utils.parse_timedelta(found) > 3600
