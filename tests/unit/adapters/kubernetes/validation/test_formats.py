import pytest

from kubestow.adapters.kubernetes.validation import formats


@pytest.mark.parametrize(
    ("test", "right", "wrong"),
    [
        (formats.is_dns_label, ["a", "a-1", "a" * 63], ["", "A", "a.b", "-a", "a-", "a" * 64]),
        (formats.is_dns_subdomain, ["a.b", "a" * 63], ["a..b", ".a", "a_b"]),
        (formats.is_dns_1035_label, ["a1"], ["1a", "a."]),
        (formats.is_qualified_name, ["a", "A_b.c", "x.y/Z"], ["", "/a", "a/", "a/b/c", "X/a"]),
        (formats.is_label_value, ["", "a", "A.b_c"], ["a b", "-a", "a" * 64, "é"]),
        (formats.is_port_name, ["http", "h2c-1"], ["", "HTTP", "80", "a--b", "a" * 16]),
        (formats.is_port_or_name, [1, 65535, "http"], [0, 65536, "", "-"]),
        (formats.is_environment_name, ["A", "a b", "1.x"], ["", "a=b", "é"]),
        (formats.is_count_or_percent, [0, 3, "0%", "100%"], [-1, "50", "-5%", "half"]),
        (formats.is_ip, ["10.0.0.1", "::1"], ["", "10.0.0", "a"]),
        (formats.is_cidr, ["10.0.0.0/8", "fd00::/8"], ["10.0.0.0", "a/8"]),
    ],
)
def test_formats(test: object, right: list[object], wrong: list[object]) -> None:
    assert callable(test)
    assert [value for value in right if not test(value)] == []
    assert [value for value in wrong if test(value)] == []


def test_a_word_that_is_close_is_suggested() -> None:
    error = formats.one_of("Always", "Never").error("Alway", "spec.x")
    assert error is not None
    assert (error.message, error.hint) == ("unknown value 'Alway'", "did you mean 'Always'?")
