"""Rules of the house that a linter does not know."""

import ast
import re
import statistics
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import override_settings
from django.urls import path

ROOT = Path(__file__).parents[2]
KEJI = ROOT / "keji"
OURS = [file for file in KEJI.rglob("*.py") if "migrations" not in file.parts]
WRITES = {"save", "delete", "bulk_create", "bulk_update", "update_or_create", "get_or_create", "create"}
MAY_WRITE = re.compile(
    r"/(rules|queue|database|demo|kernel)[/.]|rules\.py$|access/(trail|house|sessions)\.py|jobs\.py$|cli\.py$"
)


def trees():
    return [(file, ast.parse(file.read_text("utf-8"))) for file in OURS]


def unlocked():
    return [error.id for error in run_checks() if error.id and error.id.startswith("keji.")]


def test_every_page_has_a_door():
    assert unlocked() == []


def test_a_page_without_a_door_is_found():
    def naked(request): ...

    module = type("urls", (), {"urlpatterns": [path("x/", naked)]})
    with override_settings(ROOT_URLCONF=module):
        assert unlocked() == ["keji.E001"]


def test_only_rules_write():
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno} .{node.func.attr}()"
        for file, tree in trees()
        if not MAY_WRITE.search(str(file))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
    ]
    assert found == []


def test_pages_do_not_query_behind_the_back_of_queries():
    reads = {"filter", "exclude", "objects", "select_related", "prefetch_related", "in_bulk"}
    doors = [(f, t) for f, t in trees() if f.name == "pages.py" or "pages" in f.parts]
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno} .{node.attr}"
        for file, tree in doors
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in reads and "records" not in file.parts
    ]
    assert [
        one for one in found if "asked.where" not in one and ".filter" not in one or "customers/pages/" not in one
    ] == []


def test_templates_do_not_query():
    bad = re.compile(r"\.(all|filter|exists|objects)\b|_set\b")
    tags = re.compile(r"{[{%](.*?)[%}]}", re.S)
    found = [
        f"{file.relative_to(ROOT)}: {tag.strip()}"
        for file in KEJI.rglob("*.html")
        for tag in tags.findall(file.read_text("utf-8"))
        if bad.search(tag)
    ]
    assert found == []


def test_no_inline_script_style_or_handler():
    bad = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S|<style|\sstyle=|\son(?!ly=)[a-z]+=|javascript:", re.I)
    found = [
        f"{f.relative_to(ROOT)}: {m[0][:40]}" for f in KEJI.rglob("*.html") for m in bad.finditer(f.read_text("utf-8"))
    ]
    assert found == []


def test_functions_files_and_templates_stay_in_budget():
    sizes, long = [], []
    for file, tree in trees():
        lines = [line for line in file.read_text("utf-8").splitlines() if line.strip()]
        if len(lines) > 700:
            long.append(f"{file}: {len(lines)} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = node.end_lineno - node.lineno + 1
                sizes.append(size)
                if size > 60:
                    long.append(f"{file}:{node.name} {size} lines")
    long += [f"{f}: template too long" for f in KEJI.rglob("*.html") if len(f.read_text("utf-8").splitlines()) > 150]
    long += [
        f"{f}: module too long"
        for f in (KEJI / "static" / "keji").rglob("*.js")
        if len(f.read_text("utf-8").splitlines()) > 200
    ]
    assert long == []
    assert statistics.median(sizes) <= 10
    assert statistics.quantiles(sizes, n=20)[18] <= 40


def test_every_model_with_a_record_type_has_an_owner_path_and_a_sheet():
    from keji.access.scope import RECORDS
    from keji.records.sheet import SHEETS

    models = [model for model in apps.get_models() if hasattr(model, "RECORD")]

    assert {model.RECORD for model in models} == set(RECORDS)
    assert {sheet.model for sheet in SHEETS.values()} == set(models)
    assert all(model.OWNER for model in models)


@pytest.mark.req("R-000-57")
@pytest.mark.req("R-002-08")
def test_every_field_that_people_fill_has_a_help_text():
    from keji.records.sheet import SHEETS

    bare = [f"{s.model.RECORD}.{c.name}" for s in SHEETS.values() for c in s.columns if c.typed and not s.help(c.name)]
    assert bare == []


def test_migrations_are_named_and_import_nothing_of_ours():
    for file in KEJI.rglob("migrations/0*.py"):
        assert "auto" not in file.stem, file
        text = file.read_text("utf-8")
        ours = [line for line in re.findall(r"^(?:from|import) keji\S*", text, re.M) if "keji.database" not in line]
        assert ours == [], file


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_no_addresses_of_machines_or_registries_in_what_is_committed():
    places = ["requirements.lock", "package-lock.json", "pyproject.toml", "Makefile", "package.json"]
    for name in places:
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(
            r"https?://(?!json\.schemastore|opencollective|github|tidelift)[a-z0-9.-]*(pypi|pythonhosted|npmjs|registry)",
            text,
        ), name
        assert "/root/" not in text and "/work/" not in text, name


def test_chinese_texts_have_chinese_punctuation():
    sys.path.insert(0, str(ROOT / "tools"))
    from punctuation import files

    assert [str(path) for path, text, better in files() if text != better] == []
