"""What can go wrong, named for what happened."""

from dataclasses import dataclass


class Refused(Exception):
    """The person may not do this. Shown as 403."""


class NotThere(LookupError):
    """No such record, or not one this person may see. Shown as 404; the two look alike on purpose."""


class Stale(Exception):
    """Somebody else saved the record first. Shown as 409 with both versions."""

    def __init__(self, mine: object = None, theirs: object = None):
        super().__init__("stale")
        self.mine, self.theirs = mine, theirs


class TooOften(Exception):
    """More than anybody needs. Shown as 429 with the seconds after which it goes on."""

    def __init__(self, seconds: int):
        super().__init__(seconds)
        self.seconds = seconds


class Invalid(ValueError):
    """One value that cannot be taken: a code for machines, a sentence for people, perhaps what was meant."""

    def __init__(self, code: str, message: str, suggestion: str = ""):
        super().__init__(message)
        self.code, self.message, self.suggestion = code, message, suggestion


@dataclass(frozen=True)
class Note:
    """Something worth saying about a value that was taken: W_ for a doubt, N_ for what was normalised."""

    code: str
    message: str
    suggestion: str = ""


@dataclass(frozen=True)
class Parsed:
    """A value as it will be stored, with what is to be said about it."""

    value: object
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What is wrong (or, if soft, doubtful) with one field of a record, and what to do."""

    field: str
    code: str
    message: str
    suggestion: str = ""
    soft: bool = False


class Unfit(Exception):
    """The values cannot be taken as they are. Shown beside the fields, as 422."""

    def __init__(self, *problems: Problem):
        super().__init__(", ".join(f"{problem.field}: {problem.code}" for problem in problems))
        self.problems = problems
