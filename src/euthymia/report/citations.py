"""Numbered sources: the same numbers in the page as in ``plan.json`` (index there + 1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from euthymia.core.reason import Reason
from euthymia.core.source import Source, Verification
from euthymia.plan.document_model import SourceDoc
from euthymia.report.wording import VERIFICATION_MARKS, certainty


@dataclass(frozen=True, slots=True)
class CitedReason:
    """A reason ready to be shown: its words, the numbers of its sources, and how far they were checked."""

    statement: str
    numbers: tuple[int, ...]
    mark: str
    state: str
    is_checked: bool
    basis: str


@dataclass(frozen=True, slots=True)
class ListedSource:
    """One line of the list of sources."""

    number: int
    text: str
    doi: str
    url: str
    mark: str
    state: str
    as_of: str
    is_cited: bool


class Citations:
    """Gives each source its number and remembers which were cited."""

    def __init__(self, sources: Iterable[SourceDoc]) -> None:
        self._listed = tuple(sources)
        self._numbers: dict[tuple[str, str, str, str | None], int] = {
            (s.text, s.doi, s.verification, s.as_of): number for number, s in enumerate(self._listed, start=1)
        }
        self._cited: set[int] = set()

    def numbers(self, sources: Iterable[Source]) -> tuple[int, ...]:
        """Return the numbers of ``sources``, each once, and mark them as cited."""
        found = tuple(dict.fromkeys(n for s in sources if (n := self._numbers.get(_key(s))) is not None))
        self._cited.update(found)
        return found

    def reason(self, reason: Reason) -> CitedReason:
        """Return ``reason`` ready to be shown."""
        mark, state = VERIFICATION_MARKS[reason.verification]
        basis = certainty(reason.grade)
        checked = reason.verification is Verification.READ
        if not reason.sources:
            mark = state = ""
        return CitedReason(reason.statement, self.numbers(reason.sources), mark, state, checked, basis)

    def reasons(self, reasons: Iterable[Reason]) -> tuple[CitedReason, ...]:
        """Return ``reasons`` ready to be shown."""
        return tuple(self.reason(r) for r in reasons)

    def listing(self) -> tuple[ListedSource, ...]:
        """Return the list of sources; call it after everything else was shown."""
        listed = []
        for number, source in enumerate(self._listed, start=1):
            mark, state = VERIFICATION_MARKS[Verification(source.verification)]
            listed.append(
                ListedSource(
                    number, source.text, source.doi, source.url, mark, state, source.as_of or "", number in self._cited
                )
            )
        return tuple(listed)


def _key(source: Source) -> tuple[str, str, str, str | None]:
    as_of = None if source.as_of is None else source.as_of.isoformat()
    return source.text, source.doi, source.verification.value, as_of
