"""The errors of Euthymia. A message names the argument, what was given, what is allowed and the next step."""

from __future__ import annotations


class EuthymiaError(Exception):
    """Root of every error that Euthymia raises on purpose."""


class InvalidInput(EuthymiaError, ValueError):
    """Input that cannot be read as what it claims to be; nothing was computed or written.

    Parameters
    ----------
    argument
        Name of the field at fault, with its path in the file where there is one.
    given
        What was found there.
    allowed
        What would have been accepted.
    hint
        The next step, when there is one to name.
    """

    def __init__(self, argument: str, given: object, allowed: str, hint: str = "") -> None:
        self.argument, self.given, self.allowed, self.hint = argument, given, allowed, hint
        super().__init__(f"`{argument}` is {_shown(given)}; allowed: {allowed}." + (f" {hint}" if hint else ""))


class MissingData(EuthymiaError, LookupError):
    """Something the case does not hold yet; the message says how to supply it."""

    def __init__(self, what: str, how_to_supply: str) -> None:
        self.what, self.how_to_supply = what, how_to_supply
        super().__init__(f"`{what}` is not known for this case. To supply it: {how_to_supply}")


class OutOfRange(EuthymiaError, ValueError):
    """A value beyond the range in which a model, table or crosswalk is valid."""


class SafetyLimit(EuthymiaError, ValueError):
    """A hard clinical limit was reached; Euthymia never catches this on the user's behalf."""

    def __init__(self, argument: str, given: object, allowed: str, hint: str = "") -> None:
        self.argument, self.given, self.allowed, self.hint = argument, given, allowed, hint
        super().__init__(
            f"refused for safety: `{argument}` is {_shown(given)}; allowed: {allowed}." + (f" {hint}" if hint else "")
        )


class TableError(EuthymiaError):
    """A packaged or user table breaks its own rules (unknown column, bad unit, missing source …)."""


class NotConverged(EuthymiaError, ArithmeticError):
    """An iterative method stopped before it reached its tolerance."""


class DeviceLost(EuthymiaError, ConnectionError):
    """A device stopped answering during a session."""


class MissingExtra(EuthymiaError, ImportError):
    """An optional dependency is needed; the message names the extra to install."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"`{package}` is needed for this. Install it with: pip install 'euthymia[{extra}]'")


def _shown(given: object) -> str:
    """Show a value in an error without ever printing a whole file."""
    text = repr(given)
    return text if len(text) <= 120 else text[:117] + "…"
