import pytest
from proof import prove


@pytest.mark.req("R-13")
def test_killed_and_paused_workers_lose_nothing_and_do_nothing_twice():
    found = prove(jobs=150, kills=8, pauses=2, workers=3, lease=1.0, patience=60)

    found.pop("repeated_unguarded")
    assert found.pop("seconds") < 60
    assert found == {
        "jobs": 150,
        "done": 150,
        "failed": 0,
        "lost": 0,
        "unexpected": 0,
        "double": 0,
        "kills": 8,
        "pauses": 2,
        "stuck": 0,
    }
