"""The page of a plan: one self-contained HTML file, printable, readable without JavaScript and without a network."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from euthymia.case.model import Case
from euthymia.plan.criteria import CriterionRow, criteria
from euthymia.plan.document import plan_document
from euthymia.plan.model import OptionScore, Plan
from euthymia.report.brief import brief
from euthymia.report.citations import Citations
from euthymia.report.comparison import compare_rows, option_anchor
from euthymia.report.effect import effect_row
from euthymia.report.figures import (
    NARROW,
    WIDE,
    ScoreRow,
    comparison_figure,
    course_figure,
    score_figure,
    timeline_figure,
)
from euthymia.report.laboratory import laboratory_view
from euthymia.report.medicines_view import medicines_view
from euthymia.report.option_view import option_view
from euthymia.report.proposed import proposed_courses
from euthymia.report.symptom_history import symptom_history
from euthymia.report.wording import STANDING_WORDS

if TYPE_CHECKING:
    from jinja2 import Environment

_LAYOUTS = (("narrow", NARROW), ("wide", WIDE))


def plan_html(plan: Plan, case: Case) -> str:
    """Return the plan as one HTML page.

    Parameters
    ----------
    plan
        The plan of this case.
    case
        The case at the time of planning; the symptom course is read from it.

    Returns
    -------
    str
        A whole document. Nothing is loaded from elsewhere; the only links that lead out are the DOIs of the sources.
    """
    cited = Citations(plan_document(plan).sources)
    anchors = {o.therapy: option_anchor(o.therapy) for o in plan.options}
    titles = {o.therapy: o.title for o in plan.options}
    history = symptom_history(case, titles)
    leader = plan.first or next((o for o in plan.options if not o.is_companion), None)
    context: dict[str, Any] = {
        "plan": plan,
        "day": plan.as_of.date().isoformat(),
        "signals": [(s, cited.numbers(s.sources)) for s in plan.signals],
        "urgent": [(s, cited.reason(s.reason)) for s in plan.urgent],
        "first_steps": [(s, cited.reason(s.reason)) for s in plan.first_steps],
        "titles": titles,
        "anchors": anchors,
        "brief": brief(plan),
        "situation_reasons": cited.reasons(plan.situation.reasons),
        "rows": compare_rows(plan, case),
        "effect_figures": _both(comparison_figure, [effect_row(o) for o in plan.options], "effects"),
        "scores": [(o, o.score) for o in plan.options if o.score is not None and not o.is_companion],
        "score_figures": _both(score_figure, _score_rows(plan), "scores") if _score_rows(plan) else (),
        "criteria": [(letter, row, _measures(row)) for letter, row in zip(_letters(), criteria(), strict=False)],
        "criterion_titles": {row.name: row.title for row in criteria()},
        "history": history,
        "course_figures": _both(course_figure, history.course, "symptoms") if history.course else (),
        "proposed": [
            (view, _both(timeline_figure, view.figure, f"course-{view.anchor}"))
            for view in proposed_courses(plan, case, anchors)
        ],
        "laboratory": laboratory_view(plan.laboratory, cited, titles) if plan.laboratory else None,
        "medicines": medicines_view(plan.medicines, cited) if plan.medicines else None,
        "options": [option_view(o, plan, cited, is_open_section=o is leader) for o in plan.options],
    }
    context["sources"] = cited.listing()
    return environment().get_template("plan.html.j2").render(context)


def _both(draw: Any, data: Any, key: str) -> tuple[tuple[str, str], ...]:
    """Draw a figure once for a phone and once for a wide page; the style sheet shows one of the two."""
    return tuple((name, draw(data, width=width, key=f"{key}-{name}")) for name, width in _LAYOUTS)


def _letters() -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _score_rows(plan: Plan) -> list[ScoreRow]:
    rows = []
    for option in plan.options:
        score = option.score
        if score is not None and not option.is_companion:
            share = score.first_share if option.rank is not None else None
            rows.append(
                ScoreRow(
                    option.title, option.rank, STANDING_WORDS[option.standing], score.total, score.low, score.high,
                    share, _parts(score),
                )
            )  # fmt: skip
    return rows


def _parts(score: OptionScore) -> tuple[tuple[str, float], ...]:
    return tuple((letter, c.weight * c.value) for letter, c in zip(_letters(), score.criteria, strict=False))


def _measures(row: CriterionRow) -> tuple[str, str]:
    """Return what a criterion measures and where its value is 0 and 1."""
    words = re.sub(r"\s*\([\w.]+\.csv\)", "", row.statement)
    unit = "" if row.unit == "frac" else f" {row.unit}"
    ends = f"0 at {row.worst:,g}{unit}, 1 at {row.best:,g}{unit}{', log scale' if row.scale == 'log' else ''}"
    return words, ends


@cache
def environment() -> Environment:
    """Return the template environment: everything is escaped unless a figure drew it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    folder = resources.files("euthymia.report") / "templates"
    found = Environment(
        loader=PackageLoader("euthymia.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    script = (folder / "open_for_print.js").read_text(encoding="utf-8").strip()
    sheets = ("page", "figures", "laboratory", "print")
    styles = "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in sheets)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    found.globals.update(styles=styles, script=script, script_hash=f"sha256-{digest}")
    return found
