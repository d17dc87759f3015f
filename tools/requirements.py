"""Print which requirements no test proves, and which attack cases no test tries. `--stage 1` looks at issue 1's alone."""

import ast
import csv
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def named(mark: str) -> dict[str, list[str]]:
    """What tests are marked with, and the tests."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            for mark_of in marks(node):
                if isinstance(mark_of, ast.Call) and ast.unparse(mark_of.func) == f"pytest.mark.{mark}":
                    for value in mark_of.args:
                        name = getattr(node, "name", "every test of it")
                        found.setdefault(ast.literal_eval(value), []).append(f"{file.relative_to(ROOT)}::{name}")
    return found


def marks(node: ast.AST) -> list[ast.expr]:
    """The marks of a test, or of all tests of a file."""
    if isinstance(node, ast.FunctionDef):
        return node.decorator_list
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
        return node.value.elts if isinstance(node.value, ast.List) else [node.value]
    return []


def main() -> int:
    with (ROOT / "docs" / "reference" / "requirements.csv").open(encoding="utf-8") as file:
        known = {row["id"]: row["clause_zh"] for row in csv.DictReader(file)}
    with (ROOT / "docs" / "reference" / "attacks.csv").open(encoding="utf-8") as file:
        attacks = {row["id"]: row for row in csv.DictReader(file)}
    proved, tried = named("req"), named("attack")
    unknown = sorted((proved.keys() - known.keys()) | (tried.keys() - attacks.keys()))
    open_ids = [one for one in known if one not in proved]
    for one in open_ids:
        print(f"{one}  {known[one][:60]}")
    print(
        f"{len(known) - len(open_ids)} of {len(known)} requirements are proved by a test, {len(open_ids)} are not yet."
    )
    bare = [one for one, row in attacks.items() if one not in tried and row["surface"] == "yes"]
    later = [one for one, row in attacks.items() if one not in tried and row["surface"] != "yes"]
    print(f"Attack cases tried: {len(tried)} of {len(attacks)}. With a surface but no test: {' '.join(bare) or 'none'}")
    print(f"No surface yet: {' '.join(later)}")
    if unknown:
        print(f"Marked with ids that do not exist: {unknown}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
