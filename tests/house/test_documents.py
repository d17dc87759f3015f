"""The documents say what the code does, and lead somewhere."""

import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
sys.path.insert(0, str(ROOT / "tools"))


@pytest.mark.parametrize("name", ["fields.md", "roles.md", "actions.md", "commands.md", "api.md", "settings.md", "requirements.md"])
def test_the_made_reference_is_what_the_code_tells(name):
    from make_reference import made

    assert (REFERENCE / name).read_text("utf-8") == made()[name], "run tools/make_reference.py"


def test_every_link_in_a_document_leads_to_a_file():
    dead = []
    for document in DOCUMENTS:
        text = re.sub(r"```.*?```|`[^`\n]*`", "", document.read_text("utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            path = unquote(target.partition("#")[0])
            if "://" not in target and path and not (document.parent / path).exists():
                dead.append(f"{document.relative_to(ROOT)}: {target}")
    assert dead == []


def test_every_environment_variable_is_described():
    code = "".join(file.read_text("utf-8") for file in (ROOT / "keji").rglob("*.py"))
    used = set(re.findall(r"KEJI_[A-Z_]*[A-Z]", code))
    told = set(re.findall(r"KEJI_[A-Z_]*[A-Z]", (REFERENCE / "settings.md").read_text("utf-8")))
    assert told == used


def test_every_dependency_has_a_line_of_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {re.match(r"[a-z0-9-]+", one)[0] for one in project["dependencies"]}
    told = set(re.findall(r"(?m)^\| ([a-z0-9-]+)", (REFERENCE / "dependencies.md").read_text("utf-8")))
    assert needed - told == set()
    assert told - needed <= {"package"}


def test_the_tutorial_names_what_stands_on_the_screen():
    """Words in 「」 are those of buttons, titles and fields: each stands in a template, a sheet, a model or a page."""
    text = (ROOT / "docs" / "tutorial" / "从Excel搬家.md").read_text("utf-8")
    sources = [f for end in ("html", "py") for f in (ROOT / "keji").rglob(f"*.{end}")]
    screen = "\n".join(file.read_text("utf-8") for file in sources)
    named = set(re.findall(r"「([^」]+)」", text))
    assert len(named) > 25
    assert sorted(word for word in named if word not in screen) == []


@pytest.mark.django_db
def test_the_sample_of_the_tutorial_has_exactly_the_troubles_it_tells_of(tmp_path, settings):
    from keji.access.models import Person
    from keji.access.rules.people import add_person
    from keji.desk.rules import prepare
    from keji.intake.rules import checking, entering, staging

    settings.FILES = tmp_path
    prepare()
    for username, name, role in (
        ("admin", "管理员", "DATA_STEWARD"),
        ("lin", "林晓", "SALES_REP"),
        ("wang", "王芳", "SALES_MANAGER"),
    ):
        add_person(None, username, name, [role])
    person = Person.objects.get(username="admin")
    source = ROOT / "docs" / "tutorial" / "files" / "客户示例.xlsx"

    run = staging.stage(person, source, source.name)
    assert "" not in run.mapping["0"]
    assert checking.check(run, person)["states"] == {"READY": 16, "DOUBT": 1, "BAD": 3, "TWIN": 1}
    checking.meet(run, person, {"丙": "importer"})
    checking.mend(run, person, run.lines.get(number=8), 2, "橡胶和塑料制品业")
    checking.mend(run, person, run.lines.get(number=9), 1, "91320106MA0000074J")
    checking.declare_lawful(run, person)

    assert entering.enter(run, person) == {"created": 18, "updated": 0, "failed": 0, "skipped": 1}
    assert entering.revert(run, person) == {"gone": 18, "kept": 0, "restored": 0}


def test_the_sample_is_what_its_maker_makes(tmp_path, monkeypatch):
    import make_sample

    kept = make_sample.TARGET.read_bytes()
    monkeypatch.setattr(make_sample, "TARGET", tmp_path / "sample.xlsx")
    make_sample.main()

    assert (tmp_path / "sample.xlsx").read_bytes() == kept
