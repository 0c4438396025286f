"""The index: one page that links several plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from euthymia.plan.model import Plan, Standing
from euthymia.report.wording import sentence_case
from euthymia.report.write import write_files


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One plan in the index.

    ``href`` is relative to the index, e.g. ``case-1/plan.html``.
    """

    title: str
    situation: str
    first: str
    href: str
    urgent: tuple[str, ...] = ()
    is_synthetic: bool = False
    counts: tuple[tuple[str, int], ...] = ()  # words of a standing, how many options
    question: str = ""


_WORDS = {
    Standing.OPEN: "open",
    Standing.ANSWER_FIRST: "waiting for an answer",
    Standing.DECLINED: "declined",
    Standing.NOT_OUTSIDE_TRIAL: "trial only",
    Standing.CONTRAINDICATED: "contraindicated",
}
_LINES = ("Patient", "Diagnoses", "Episode")


def index_entry(plan: Plan, href: str) -> IndexEntry:
    """Return the entry of ``plan``: its situation in one line and what comes first."""
    lines = dict(plan.situation.lines)
    signals = tuple(s.statement for s in plan.signals if s.level in ("high", "moderate"))
    counts = [(word, sum(o.standing is s for o in plan.options)) for s, word in _WORDS.items()]
    return IndexEntry(
        title=plan.case_id,
        situation=". ".join(sentence_case(lines[name]) for name in _LINES if name in lines),
        first=plan.first.title if plan.first else "",
        href=href,
        urgent=tuple(s.reason.statement for s in plan.urgent) or signals,
        is_synthetic=plan.synthetic,
        counts=tuple((word, n) for word, n in counts if n),
        question=plan.best_question.question.text if plan.best_question else "",
    )


def index_html(entries: Sequence[IndexEntry], *, title: str = "Plans") -> str:
    """Return one self-contained page that links the plans of ``entries``."""
    from euthymia.report.page import environment

    return environment().get_template("index.html.j2").render(entries=entries, title=title)


def write_index(entries: Sequence[IndexEntry], directory: Path) -> Path:
    """Write ``index.html`` into ``directory``; return its path."""
    return write_files({"index.html": index_html(entries)}, directory)[0]
