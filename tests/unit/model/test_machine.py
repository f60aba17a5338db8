from kubestow.model.machine import Machine


def test_a_machine_takes_as_many_pods_as_the_kubelets_own_default() -> None:
    assert Machine("rack", vcpu=8, memory_bytes=2**35).pods == 110
