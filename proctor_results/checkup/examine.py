"""The whole examination."""

from collections.abc import Iterator

from proctor_results.checkup import browsers, front_door
from proctor_results.checkup.configuration import configuration
from proctor_results.checkup.lms import targets
from proctor_results.checkup.note import Grade, Note
from proctor_results.checkup.patient import Patient
from proctor_results.checkup.vendor import vendors


def examine(patient: Patient) -> Iterator[Note]:
    """Every check, each in its turn; whoever does not even say that they live is asked no more."""
    yield from configuration(patient)
    yield from vendors(patient)
    yield from targets(patient)
    yield from front_door.address(patient)
    alive = front_door.alive(patient)
    yield alive
    if alive.grade is Grade.OK:
        for check in _WHILE_ALIVE:
            yield from check(patient)


_WHILE_ALIVE = (front_door.ready, front_door.vendors_door, front_door.lms_door, browsers.script, browsers.origins)
