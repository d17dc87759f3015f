import pytest


@pytest.fixture(autouse=True)
def _static_from_source(settings):
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture
def browse(cast, client):
    """A browser in which one of the cast is signed in."""

    def browser(name):
        client.force_login(getattr(cast, name))
        return client

    return browser
