import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def identity(tmp_path_factory):
    """A pair of keys: the public half, and the file with the secret half."""
    from keji.custody.locking import make_identity

    public, secret = make_identity()
    file = tmp_path_factory.mktemp("identity") / "identity"
    file.write_text(f"# {public}\n{secret}\n")
    return public, file


@pytest.fixture(scope="session")
def home():
    """An installation with something of everything."""
    from machine import furnish, machine

    with machine() as made:
        made.told = furnish(made)
        yield made


@pytest.fixture
def empty():
    from machine import machine

    with machine() as made:
        yield made


@pytest.fixture(scope="session")
def plain(home):
    """A backup of it in plain text, keys included."""
    return home.backup("--with-keys")


@pytest.fixture(scope="session")
def locked(home, identity):
    return home.backup("--encrypt-to", identity[0])
