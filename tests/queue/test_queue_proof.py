import pytest
from proof import prove


@pytest.mark.proof("R-13")
def test_killed_and_paused_workers_lose_nothing_and_do_nothing_twice():
    found = prove(jobs=90, kills=6, pauses=2, workers=3, lease=0.6, patience=60)

    found.pop("repeated_unguarded")
    assert found.pop("seconds") < 60
    assert found == {
        "jobs": 90,
        "done": 90,
        "failed": 0,
        "lost": 0,
        "unexpected": 0,
        "double": 0,
        "kills": 6,
        "pauses": 2,
        "stuck": 0,
    }
