from kubestow.model.certificate import EBS_VOLUMES_AXIS, EXCLUSIVE_AXIS, PRICE_SHIFT
from kubestow.model.resources import CPU, EBS_VOLUMES, EPHEMERAL_STORAGE, MEMORY, PODS


def test_no_axis_of_a_certificate_takes_the_name_of_a_standard_resource() -> None:
    standard = {CPU, MEMORY, PODS, EPHEMERAL_STORAGE, EBS_VOLUMES}
    assert EBS_VOLUMES_AXIS not in standard
    assert not any(name.startswith(EXCLUSIVE_AXIS) for name in standard)


def test_a_scaled_price_tells_apart_the_bytes_of_a_tebibyte() -> None:
    assert (1 << PRICE_SHIFT) // 2**40 == 1
