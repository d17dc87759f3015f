"""The apostrophe that keeps a spreadsheet from running a CSV cell, put on and taken off again."""

import re

# Apostrophes already there count too, so that taking one off always restores the very text.
LIVE = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def escape(text: str) -> str:
    """The text as a CSV cell that no spreadsheet takes for a formula."""
    return "'" + text if LIVE.match(text) else text


def unescape(text: str) -> str:
    """The text that `escape` was given."""
    return text[1:] if text.startswith("'") and LIVE.match(text) else text
