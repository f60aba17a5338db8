"""Node volumes that nothing encrypts."""

from kubestow.model.setup import Disk, MachineSettings
from kubestow.preflight import node_volume_not_encrypted as check

from .builders import config, found, group, one, setup, subject, unjudged


def test_a_group_that_does_not_say_so() -> None:
    finding = one(check, setup(config_of=config(group())))
    assert (finding.severity, finding.fix) == ("warning", "set volumeEncrypted: true")
    assert finding.reason.startswith("volumeEncrypted is not set")


def test_a_node_class_that_turns_it_off_or_forgets_it() -> None:
    for encrypted, said in ((False, "is false"), (None, "is not set")):
        disks = (Disk("spec.blockDeviceMappings[0].ebs", encrypted=encrypted),)
        machine = MachineSettings(subject("EC2NodeClass", "default", ""), disks=disks)
        assert said in one(check, setup(machines=(machine,))).reason


def test_encrypted_volumes_karpenters_own_disk_and_a_launch_template_pass() -> None:
    machine = MachineSettings(subject("EC2NodeClass", "default", ""))
    of = setup(config_of=config(group(volume_encrypted=True)), machines=(machine,))
    assert found(check, of) == []
    of = setup(config_of=config(group(has_template=True)))
    assert found(check, of) == []
    assert unjudged(check, of) == ["the launch templates of workers are not in the input"]
