"""A file brought in as the pages do it, step by step."""

from keji.intake.rules import checking, entering, staging


def bring(person, path, enter=True, people=None, **options):
    """The run, and what entering gives; without `enter` what the check found. `people`: who is meant by unknown names."""
    run = staging.stage(person, path, path.name)
    staging.set_mapping(person, run, run.mapping, options)
    checking.declare_lawful(run, person)
    counts = checking.check(run, person)
    if people:
        checking.meet(run, person, people)
        counts = run.counts
    return run, (entering.enter(run, person) if enter else counts)
