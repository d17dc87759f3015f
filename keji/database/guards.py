"""What migrations need for both databases: statements for each, and tables that only ever grow."""

from typing import Any

from django.db.migrations import RunPython

Statements = dict[str, list[str]]
REFUSE = """
CREATE FUNCTION "{table}_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation'; END $$
"""


def statements(forward: Statements, backward: Statements) -> RunPython:
    """An operation that runs the statements of the database's vendor."""
    return RunPython(runner(forward), runner(backward))


def runner(of_vendor: Statements) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        for sql in of_vendor[schema_editor.connection.vendor]:
            schema_editor.execute(sql, params=None)

    return run


def append_only(table: str) -> list[RunPython]:
    """Operations after which every UPDATE, DELETE and TRUNCATE of the table fails with IntegrityError.

    Django alters an SQLite table by making it anew, without triggers: a migration that alters it ends with these again.
    """
    name = f"{table}_append_only"
    abort = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    lite = [f'CREATE TRIGGER "{name}_{verb}" BEFORE {verb} ON "{table}" {abort}' for verb in ("update", "delete")]
    when = f'BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION "{name}"()'
    forward = {"sqlite": lite, "postgresql": [REFUSE.format(table=table), f'CREATE TRIGGER "{name}" {when}']}
    backward = {
        "sqlite": [f'DROP TRIGGER "{name}_{verb}"' for verb in ("update", "delete")],
        "postgresql": [f'DROP TRIGGER "{name}" ON "{table}"', f'DROP FUNCTION "{name}"()'],
    }
    return [statements(forward, backward)]
