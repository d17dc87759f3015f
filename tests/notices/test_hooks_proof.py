import pytest
from hooks_proof import prove


@pytest.mark.proof("R-13")
def test_killed_workers_lose_no_delivery_and_write_none_down_twice():
    found = prove(changes=30, kills=3, patience=300)

    found.pop("repeated")  # at least once: what a killed worker had sent may come again
    found.pop("seconds")
    assert found.pop("kills") >= 2
    assert found.pop("failures") >= 1
    assert found == {"missing": 0, "lost": 0, "written_twice": 0, "unasked": 0, "not_sent": 0}
