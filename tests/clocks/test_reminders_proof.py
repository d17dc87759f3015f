import pytest
from reminders_proof import prove


@pytest.mark.proof("R-13")
def test_killed_workers_and_writers_lose_no_reminder_and_give_none_twice():
    found = prove(reminders=40, kills=4, patience=240)

    found.pop("seconds")
    assert sum(found.pop("killed").values()) == found.pop("kills") >= 4
    assert found == {"clocks": 40, "missed": 0, "doubled": 0}
