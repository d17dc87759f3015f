"""What can be wrong with a backup or the place it shall go to."""

from typing import Any


def later(text: str) -> str:
    """Mark a text for translation; Django's gettext_noop does the same, but not before there are settings."""
    return text


class Unusable(Exception):
    """Why a backup is not made, not taken or not restored. The text is marked for translation where it is raised."""

    def __init__(self, code: str, text: str, **facts: Any):
        super().__init__(text % facts if facts else text)
        self.code, self.text, self.facts = code, text, facts

    def told(self) -> str:
        """The sentence in the reader's language; needs Django's settings, which a restore does not have at first."""
        from django.utils.translation import gettext

        return gettext(self.text) % self.facts if self.facts else gettext(self.text)
