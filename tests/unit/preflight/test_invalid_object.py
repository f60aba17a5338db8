"""Objects that could not be read."""

from kubestow.model.setup import Unreadable
from kubestow.preflight import invalid_object as check

from .builders import found, one, setup, subject


def test_what_reading_found_is_passed_on() -> None:
    item = Unreadable(subject("Deployment", "web"), "spec.selector", "is missing", "select labels")
    finding = one(check, setup(unreadable=(item,)))
    assert (finding.severity, finding.field) == ("error", "spec.selector")
    assert (finding.reason, finding.fix) == ("is missing", "select labels")


def test_valid_objects_pass() -> None:
    assert found(check, setup()) == []
