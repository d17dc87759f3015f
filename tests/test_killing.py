import pytest
from killing import prove


@pytest.mark.proof("R-01")
def test_a_killed_site_loses_no_acknowledged_customer_and_enters_none_twice_or_by_half():
    counts = prove(rounds=4, clients=2)

    assert counts.pop("acknowledged") >= 4
    assert counts.pop("integrity", "ok") == "ok"
    assert counts == {"rounds": 4, "lost": 0, "doubled": 0, "halves": 0}
