"""What commands print for people: Rich tables, one function a command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from euthymia.case.facts import TreatmentTrial
    from euthymia.case.history import ChecklistItem, ResistanceVerdict, Staging, TrialAdequacy
    from euthymia.case.model import Case
    from euthymia.cli.documents import TherapyItem
    from euthymia.core.reason import Reason
    from euthymia.plan.model import Option, Plan
    from euthymia.plan.under_way import FollowedCourse
    from euthymia.therapies.contract import Screening

_MARKS = {True: "yes", False: "no", None: "not known"}
_STYLE = {
    "eligible": "green", "caution": "yellow", "unknown": "cyan", "not_outside_trial": "magenta",
    "contraindicated": "red",
}  # fmt: skip


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False)


def plan(found: Plan) -> None:
    """Print a plan: urgent path, summary, comparison."""
    from euthymia.plan.explain import explain, standing_words

    console = _console()
    label = " (synthetic)" if found.synthetic else ""
    console.print(f"\n[bold]Plan for {escape(found.case_id)}{label}[/bold], {found.as_of:%Y-%m-%d}")
    urgent = len(found.urgent) + len(found.signals)
    for i, sentence in enumerate(explain(found)):
        console.print(f"• {escape(sentence)}", style="bold red" if i < urgent else None)
    table = Table(pad_edge=False)
    for name in ("#", "Option", "Standing", "Best evidence on response", "First year", "Certainty", "Score"):
        table.add_column(name)
    for option in found.options:
        style = _STYLE.get(option.screening.verdict.value, "")
        table.add_row(
            str(option.rank or "–"), escape(option.title), f"[{style}]{standing_words(option.standing)}[/{style}]",
            _benefit(option), _burden(option), _certainty(option), f"{option.score.total:.2f}" if option.score else "–",
        )  # fmt: skip
    console.print(table)


def _benefit(option: Option) -> str:
    best = option.forecast.best_outcome() if option.forecast else None
    if best is None:
        return "no counts"
    words = f"{100 * best.probability.value:.0f} %"
    if best.comparator_probability is not None:
        words += f" v {100 * best.comparator_probability.value:.0f} % ({escape(best.comparator)})"
    return words + (", no clear effect" if best.is_null else "")


def _burden(option: Option) -> str:
    if option.forecast is None:
        return "–"
    return f"{option.forecast.burden.visits} visits, {option.forecast.burden.hours:.0f} h"


def _certainty(option: Option) -> str:
    return option.forecast.grade.value.replace("_", " ") if option.forecast else "–"


def screenings(found: Sequence[Screening], *, detailed: bool) -> None:
    """Print screenings: a table of forms, then the reasons against and the questions (all reasons when detailed)."""
    console = _console()
    table = Table(pad_edge=False)
    for name in ("Therapy", "Form", "Verdict", "Status", "Against", "To ask"):
        table.add_column(name)
    for screening in found:
        for form in screening.forms or (screening,):
            style = _STYLE[form.verdict.value]
            table.add_row(
                screening.therapy, escape(form.title or form.form),
                f"[{style}]{form.verdict.value.replace('_', ' ')}[/{style}]", form.legality.value.replace("_", " "),
                str(len(form.blocking)), str(len(form.missing)),
            )  # fmt: skip
    console.print(table)
    for screening in found:
        for form in screening.forms or (screening,):
            reasons = form.reasons if detailed else form.blocking
            if not reasons and not (detailed and form.missing):
                continue
            console.print(f"\n[bold]{escape(form.title or form.form)}[/bold]")
            for reason in reasons:
                _reason(console, reason, with_source=detailed)
            if detailed:
                for finding in form.label:
                    _reason(console, finding.reason, with_source=True)
                for question in form.missing:
                    console.print(f"  ask: {escape(question.text)} [dim]{escape(question.supply)}[/dim]")


def _reason(console: Console, reason: Reason, *, with_source: bool) -> None:
    mark = {"for": "[green]+[/green]", "against": "[red]–[/red]", "neutral": "·"}[reason.direction.value]
    source = (
        f" [dim]({escape('; '.join(str(s) for s in reason.sources))})[/dim]" if with_source and reason.sources else ""
    )
    console.print(f"  {mark} {escape(reason.statement)}{source}")


def stage(
    case: Case,
    trials: Sequence[tuple[TreatmentTrial, Mapping[str, TrialAdequacy]]],
    staging: Sequence[Staging],
    verdicts: Sequence[ResistanceVerdict],
    checklist: Sequence[ChecklistItem],
) -> None:
    """Print the history under every rule set side by side, the stages, TRD by definition, and the checklist."""
    console = _console()
    if trials:
        table = Table(title="Failed adequate trial?", pad_edge=False)
        table.add_column("Trial")
        names = list(trials[0][1])
        for name in names:
            table.add_column(name)
        for trial, ratings in trials:
            dose = f" {trial.dose_mg_day:g} mg" if trial.dose_mg_day else ""
            weeks = f" {trial.weeks_at_dose:g} wk" if trial.weeks_at_dose else ""
            table.add_row(escape(f"{trial.name}{dose}{weeks}"), *[_MARKS[ratings[n].counts_as_failure] for n in names])
        console.print(table)
        for trial, ratings in trials:
            rating = ratings[names[0]]
            words = " ".join(r.statement for r in rating.reasons)
            console.print(f"  {escape(trial.name)} ({names[0]}): {escape(words)}")
    console.print("\n[bold]Staging[/bold]")
    for found in staging:
        number = f"{found.score:g}" if found.score is not None else f"{found.low} to {found.high}"
        words = "not applicable" if found.applicable is False else f"{number} {found.stage}".strip()
        gaps = f" (not known: {', '.join(found.missing)})" if found.missing else ""
        console.print(f"  {found.method}: {escape(words)}{escape(gaps)}")
    console.print("\n[bold]Treatment-resistant?[/bold]")
    for verdict in verdicts:
        console.print(f"  {_MARKS[verdict.resistant]:<10} {escape(verdict.label)}")
    console.print("\n[bold]Could it be pseudo-resistance?[/bold]")
    for item in checklist:
        mark = {"ok": "[green]ok[/green]     ", "concern": "[red]concern[/red]", "unknown": "[cyan]ask[/cyan]    "}
        console.print(f"  {mark[item.state.value]} {escape(item.question)} {escape(item.statement)}")


def advice(followed: Sequence[FollowedCourse]) -> None:
    """Print the advice on each course under way."""
    console = _console()
    if not followed:
        console.print("No course is under way. Add `courses:` to the case, or ask for one with --therapy NAME.")
    for course in followed:
        found = course.advice
        console.print(f"\n[bold]{escape(course.title)}: {found.decision.value}[/bold]")
        for reason in found.reasons:
            _reason(console, reason, with_source=True)
        for question in found.missing:
            console.print(f"  ask: {escape(question.text)} [dim]{escape(question.supply)}[/dim]")
        for words in found.would_change:
            console.print(f"  would change it: {escape(words)}")
        if found.review_in_days is not None:
            console.print(f"  review in {found.review_in_days:g} days")


def case(found: Case) -> None:
    """Print what a case holds, oldest first."""
    from euthymia.case.events import plain

    console = _console()
    label = " (synthetic)" if found.synthetic else ""
    console.print(
        f"[bold]{escape(found.case_id)}{label}[/bold] as of {found.as_of:%Y-%m-%d}: {len(found.events)} facts"
    )
    table = Table(pad_edge=False)
    for name in ("Day", "Kind", "What", "By"):
        table.add_column(name)
    for event in found.events:
        words = ", ".join(f"{k} {v}" for k, v in plain(event.fact).items())
        table.add_row(str(event.day), event.kind.replace("_", " "), escape(words), escape(event.author))
    console.print(table)


def therapies(items: Sequence[TherapyItem]) -> None:
    """Print the registered therapies."""
    table = Table(pad_edge=False)
    for name in ("Name", "Therapy", "Role", "From"):
        table.add_column(name)
    for item in items:
        table.add_row(item.name, escape(item.title), "reference" if item.is_reference else "therapy", item.provided_by)
    _console().print(table)


def demo(plans: Sequence[Plan]) -> None:
    """Print one line for each demo plan."""
    table = Table(title="Six synthetic cases, six plans", pad_edge=False)
    for name in ("Case", "Before anything else", "First open option", "Closed", "Ask first"):
        table.add_column(name)
    for found in plans:
        before = [s.code for s in found.urgent] or [s.code for s in found.first_steps]
        closed = [o.therapy for o in found.options if o.standing.value == "contraindicated"]
        best = found.best_question
        table.add_row(
            escape(found.case_id.removeprefix("demo-")), ", ".join(before) or "–",
            escape(found.first.title) if found.first else "none", ", ".join(closed) or "–",
            escape(best.question.code) if best else "–",
        )  # fmt: skip
    _console().print(table)
