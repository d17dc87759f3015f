import pytest
from notices_proof import prove


@pytest.mark.proof("R-13")
def test_killed_workers_and_writers_lose_no_notice_and_repeat_it_under_its_id_alone():
    found = prove(handed=30, kills=3, patience=300)

    found.pop("seconds")
    killed = found.pop("killed")
    assert killed["work"] >= 2
    assert found.pop("mail_repeated") + found.pop("robot_repeated") <= killed["work"]
    assert found.pop("refused") >= 1
    assert found.pop("handed") == 30
    assert set(found.values()) == {0}, found
