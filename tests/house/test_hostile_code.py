"""Nothing stored or received is ever run: no pickle, no YAML, no eval, no shell, no text declared safe."""

import ast
import re
from pathlib import Path

import pytest

KEJI = Path(__file__).parents[2] / "keji"
MODULES = {"pickle", "marshal", "shelve", "dill", "joblib", "yaml", "xmlrpc", "code", "jsonpickle"}
CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "mark_safe",
    "SafeString",
    "format_html_join",
    "Markup",
    "extra",
    "RawSQL",
}
OS = {"system", "popen"}
READ = {"database/search.py RawSQL", "database/bulk.py RawSQL", "deals/queries.py RawSQL"}  # values go as parameters, names are our own

pytestmark = pytest.mark.attack("B-36")


def called(node):
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def faults(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {one.name.split(".")[0] for one in node.names} if isinstance(node, ast.Import) else set()
            names |= {(node.module or "").split(".")[0]} if isinstance(node, ast.ImportFrom) else set()
            yield from ((node.lineno, name) for name in names & MODULES)
        if isinstance(node, ast.Call):
            name, on = called(node), getattr(getattr(node.func, "value", None), "id", "")
            if name in CALLS and not (name == "compile" and on in ("re", "regex", "typst")) or (on == "os" and name in OS):
                yield node.lineno, name
            if any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords):
                yield node.lineno, "shell"
            if name == "from_string":
                yield node.lineno, name


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from yaml import load",
        "eval(x)",
        "exec(x)",
        "__import__(x)",
        "os.system(x)",
        "subprocess.run(x, shell=True)",
        "rows.extra(where=[x])",
        "env.from_string(x)",
        "mark_safe(x)",
    ],
)
def test_the_check_finds_what_it_looks_for(line):
    assert list(faults(ast.parse(line)))


def test_no_code_runs_what_is_stored_or_received():
    found = [
        f"{file.relative_to(KEJI)}:{line} {name}"
        for file in sorted(KEJI.rglob("*.py"))
        if "migrations" not in file.parts
        for line, name in faults(ast.parse(file.read_text("utf-8")))
        if f"{file.relative_to(KEJI)} {name}" not in READ
    ]
    assert found == []


def test_no_template_declares_a_text_safe_or_leaves_escaping():
    bad = re.compile(r"\|\s*safe\b|autoescape\s+(false|off)|Markup\(|\|\s*tojson\b(?!.*quote)")
    found = [
        f"{file.relative_to(KEJI)}: {hit[0]}"
        for file in KEJI.rglob("*.html")
        for hit in bad.finditer(file.read_text("utf-8"))
    ]
    assert found == []


def test_sessions_and_messages_are_kept_as_json():
    from django.conf import settings
    from django.contrib.messages.storage.session import SessionStorage
    from django.utils.module_loading import import_string

    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert import_string(settings.MESSAGE_STORAGE) is SessionStorage
