"""What the how-to of the API shows works as it stands there, on the data of the demo."""

import io
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from programs import Program

from keji.access.models import Person
from keji.api.tools import TOOLS
from keji.demo import build

pytestmark = pytest.mark.django_db
HOWTO = (Path(__file__).parents[2] / "docs" / "howto" / "api.md").read_text("utf-8")
ROOT = "/api/v1"


def blocks(language):
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", HOWTO)


def curls():
    lines = "".join(blocks("")).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("curl ")]


def sent(api, line):
    """Ask what a curl command asks. Its token stands in for the one that is written as a variable."""
    words, told, headers = iter(shlex.split(line)[1:]), {}, {}
    for word in words:
        if word == "-H":
            name, _colon, value = next(words).partition(": ")
            headers |= {name.replace("-", "_"): value} if value else {}
        elif word.startswith("-"):
            told[word] = next(words)
        else:
            place = urlsplit(word)
    assert place.path.startswith(ROOT) and set(told) <= {"-d", "-X"} and headers.pop("Content_Type", "") == "application/json" * ("-d" in told)
    path = place.path.removeprefix(ROOT) + (f"?{place.query}" if place.query else "")
    return api.ask(told.get("-X", "POST" if "-d" in told else "GET"), path, told["-d"].encode() if "-d" in told else None, **headers)


@pytest.fixture
def wang(files):
    build(10)
    return Person.objects.get(username="wang")


def test_each_command_is_answered_with_what_it_asks_for(wang):
    means = {"KEY": Program(wang), "SITE": Program(wang, ["customers.write", "contacts.write"])}

    found = [(line, sent(means[re.search(r'"\$(\w+)"', line)[1]], line)) for line in curls()]

    assert [(line, one.content.decode()[:300]) for line, one in found if one.status_code >= 300] == []
    assert len(found) >= 6


def test_the_program_reads_every_customer(wang, monkeypatch, capsys):
    api = Program(wang)

    def opened(request):
        answer = api.ask(request.get_method(), request.selector.removeprefix(ROOT), request.data)
        assert answer.status_code < 300, answer.content.decode()
        return io.BytesIO(answer.content)

    monkeypatch.setattr("urllib.request.urlopen", opened)
    [program] = blocks("python")
    exec(program, {})

    assert len(capsys.readouterr().out.splitlines()) == 10


def test_the_howto_of_mcp_names_each_tool_and_no_other():
    told = (Path(__file__).parents[2] / "docs" / "howto" / "mcp.md").read_text("utf-8")

    assert set(re.findall(r"`((?:find|read|list|log)_\w+)`", told)) == set(TOOLS)
