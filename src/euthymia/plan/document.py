"""The plan as a document: ``plan.json``, with a published, versioned JSON Schema.

Field names carry units. Fields may be added in a minor version; none is removed or changes meaning before the next
major one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from euthymia.core.reason import Reason
from euthymia.core.source import Source
from euthymia.plan.document_model import (
    AlternativeDoc,
    BurdenDoc,
    CostDoc,
    CourseDoc,
    CriterionDoc,
    CurveDoc,
    DrugOptionDoc,
    ForecastDoc,
    GeneDoc,
    HarmDoc,
    IntervalDoc,
    LabelDoc,
    LeftOutDoc,
    MarkDoc,
    MedicineDoc,
    MedicinesDoc,
    MissingDoc,
    OptionDoc,
    OutcomeDoc,
    PhaseDoc,
    PictureDoc,
    PlanDoc,
    PrescriptionDoc,
    QuestionDoc,
    ReasonDoc,
    ScoreDoc,
    ScreeningDoc,
    SensitivityDoc,
    SignalDoc,
    SimulatedDoc,
    SourceDoc,
    SpanDoc,
    StepDoc,
)
from euthymia.plan.explain import explain
from euthymia.plan.laboratory import LaboratoryTable
from euthymia.plan.laboratory_document import laboratory_document
from euthymia.plan.laboratory_document_model import LaboratoryDoc
from euthymia.plan.medicines import MedicineTable
from euthymia.plan.model import SCHEMA_VERSION, Option, Plan
from euthymia.therapies.contract import Prescription, Screening
from euthymia.therapies.curves import Curve, thinned
from euthymia.therapies.forecast import Forecast, Interval, Span

_CURVE_POINTS = 61
"""A plan holds many curves: each is kept to a size that still draws smoothly."""


def plan_document(plan: Plan) -> PlanDoc:
    """Return the plan as a document."""
    return _Writer(plan.sources).write(plan)


def simulated_document(prescription: Prescription, forecast: Forecast) -> SimulatedDoc:
    """Return one prescription and its forecast as a document with its own list of sources."""
    return _Writer(()).simulated(prescription, forecast)


def laboratory_with_sources(table: LaboratoryTable) -> tuple[LaboratoryDoc, list[SourceDoc]]:
    """Return the laboratory table as a document, and the sources its reasons count."""
    return _Writer(()).laboratory(table)


def plan_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``plan.json``."""
    schema = PlanDoc.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:euthymia:schema:plan:{SCHEMA_VERSION}",
        **schema,
    }


class _Writer:
    """Turns the parts of one plan into documents; sources become indices."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._index: dict[Source, int] = {source: i for i, source in enumerate(sources)}

    def simulated(self, prescription: Prescription, forecast: Forecast) -> SimulatedDoc:
        """Write one prescription with its forecast."""
        return SimulatedDoc(
            prescription=self._prescription(prescription),
            forecast=self._forecast(forecast),
            sources=[_source(s) for s in self._index],
        )

    def laboratory(self, table: LaboratoryTable) -> tuple[LaboratoryDoc, list[SourceDoc]]:
        """Write a laboratory table with its sources."""
        found = laboratory_document(table, self._reason)
        return found, [_source(s) for s in self._index]

    def write(self, plan: Plan) -> PlanDoc:
        options = [self._option(o) for o in plan.options]
        urgent = [
            StepDoc(code=s.code, level=s.level, favors=s.favors, reason=self._reason(s.reason)) for s in plan.urgent
        ]
        firsts = [
            StepDoc(code=s.code, level="first", favors=s.favors, reason=self._reason(s.reason))
            for s in plan.first_steps
        ]
        background = self._reasons(plan.situation.reasons)
        return PlanDoc(
            euthymia_version=plan.version,
            case_id=plan.case_id,
            synthetic=plan.synthetic,
            as_of=plan.as_of,
            seed=plan.seed,
            summary=list(explain(plan)),
            situation=list(plan.situation.lines),
            situation_reasons=background,
            urgent=urgent,
            signals=[
                SignalDoc(level=s.level, code=s.code, statement=s.statement, day=s.day.isoformat())
                for s in plan.signals
            ],
            first_steps=firsts,
            options=options,
            weights=dict(plan.weights),
            weights_from="stated" if plan.weights_from == "stated" else "default",
            sensitivity=[
                SensitivityDoc(
                    criterion=c.criterion,
                    weight_now=c.weight_now,
                    weight_needed=c.weight_needed,
                    then_first=c.then_first,
                )
                for c in plan.sensitivity
            ],
            missing=[
                MissingDoc(question=_question(m.question), options=list(m.options), settles=list(m.settles))
                for m in plan.missing
            ],
            medicines=self._medicines(plan.medicines),
            laboratory=None if plan.laboratory is None else laboratory_document(plan.laboratory, self._reason),
            sources=[_source(s) for s in self._index],
        )

    def _medicines(self, table: MedicineTable | None) -> MedicinesDoc | None:
        if table is None:
            return None
        return MedicinesDoc(
            statement=table.statement,
            genes=[
                GeneDoc(
                    gene=g.gene, diplotype=g.diplotype, phenotype=g.phenotype, functional=g.functional,
                    agents=list(g.agents), provenance=g.provenance,
                )
                for g in table.genes
            ],
            rows=[
                MedicineDoc(
                    drug=r.drug, is_taken=r.is_taken, guideline=r.guideline, population=r.population, action=r.action,
                    word=r.word, strength=r.strength, states=r.states, agents=list(r.agents), is_certain=r.is_certain,
                    reason=self._reason(r.reason),
                )
                for r in table.rows
            ],
            notes=self._reasons(table.notes),
            options=[
                DrugOptionDoc(
                    place=o.place, title=o.title, role=o.role, dose=o.dose, word=o.word, points=o.points,
                    exposure=o.exposure, check=list(o.check), is_open=o.is_open, reasons=self._reasons(o.reasons),
                )
                for o in table.options
            ],
            left_out=[LeftOutDoc(drug=o.drug, reason=self._reason(o.reason)) for o in table.left_out],
        )  # fmt: skip

    def _step(self, code: str, level: str, favors: str, reason: Reason) -> StepDoc:
        return StepDoc(code=code, level=level, favors=favors, reason=self._reason(reason))

    def _reason(self, reason: Reason) -> ReasonDoc:
        return ReasonDoc(
            statement=reason.statement,
            direction=reason.direction.value,
            grade=reason.grade.value,
            verification=reason.verification.value,
            sources=[self._index.setdefault(s, len(self._index)) for s in reason.sources],
            value=reason.value,
            low=reason.low,
            high=reason.high,
            unit=reason.unit,
            code=reason.code,
        )

    def _reasons(self, reasons: tuple[Reason, ...]) -> list[ReasonDoc]:
        return [self._reason(r) for r in reasons]

    def _screening(self, screening: Screening) -> ScreeningDoc:
        return ScreeningDoc(
            form=screening.form,
            title=screening.title,
            verdict=screening.verdict.value,
            legality=screening.legality.value,
            # The therapy's own reasons are its best form's: they are given once, inside `forms`.
            reasons=[] if screening.forms else self._reasons(screening.reasons),
            missing=[_question(q) for q in screening.missing],
            label=[
                LabelDoc(scheme=f.scheme, criterion=f.criterion, met=f.met, reason=self._reason(f.reason))
                for f in (() if screening.forms else screening.label)
            ],
            forms=[self._screening(s) for s in screening.forms],
        )

    def _prescription(self, prescription: Prescription) -> PrescriptionDoc:
        return PrescriptionDoc(
            therapy=prescription.therapy,
            form=prescription.form,
            protocol=prescription.protocol,
            title=prescription.title,
            details=list(prescription.details()),
            schedule=[
                PhaseDoc(
                    name=p.name, start_day=p.start_day, visits=p.visits, every_days=p.every_days, minutes=p.minutes
                )
                for p in prescription.schedule.phases
            ],
            reasons=self._reasons(prescription.reasons),
        )

    def _forecast(self, forecast: Forecast) -> ForecastDoc:
        return ForecastDoc(
            therapy=forecast.therapy,
            form=forecast.form,
            protocol=forecast.protocol,
            grade=forecast.grade.value,
            seed=forecast.seed,
            outcomes=[
                OutcomeDoc(
                    name=o.name, at_days=o.at_days, probability=_known(o.probability), comparator=o.comparator,
                    comparator_probability=_interval(o.comparator_probability), difference=_interval(o.difference),
                    includes_no_effect=o.is_null, studies=o.studies, patients=o.patients, population=o.population,
                    blinding=o.blinding, randomized=o.randomized, used_for_ranking=o.relevant,
                    reason=self._reason(o.reason),
                )
                for o in forecast.outcomes
            ],
            onset=[self._span(s) for s in forecast.onset],
            durability=[self._span(s) for s in forecast.durability],
            harms=[
                HarmDoc(
                    name=h.name, serious=h.serious, rate=_interval(h.rate), unit=h.unit,
                    comparator_rate=h.comparator_rate, reason=self._reason(h.reason),
                )
                for h in forecast.harms
            ],
            burden=BurdenDoc(
                visits=forecast.burden.visits, hours=forecast.burden.hours,
                acute_course_days=forecast.burden.days_to_end_of_acute_course,
                anesthesia=forecast.burden.anesthesia, surgery=forecast.burden.surgery,
            ),
            costs=[
                CostDoc(
                    low=c.low, high=c.high, currency=c.currency, year=c.year, region=c.region, per=c.per,
                    reason=self._reason(c.reason),
                )
                for c in forecast.costs
            ],
            course=[CourseDoc(day=p.day, improvement=_known(p.improvement)) for p in forecast.course],
            reasons=self._reasons(forecast.reasons),
            physics=self._reasons(forecast.physics),
            curves=[self._curve(c) for c in forecast.curves],
            pictures=[
                PictureDoc(
                    code=p.code, title=p.title, alt=p.alt, caption=p.caption, unit=p.scale[2],
                    columns=list(p.columns), rows=[list(row) for row in p.rows], reason=self._reason(p.reason),
                )
                for p in forecast.pictures
            ],
        )  # fmt: skip

    def _curve(self, curve: Curve) -> CurveDoc:
        at = thinned(curve, _CURVE_POINTS)
        return CurveDoc(
            code=curve.code, title=curve.title, unit=curve.unit, time_unit=curve.time_unit, status=curve.status,
            band=curve.band, since=curve.since,
            times=[_short(curve.times[i]) for i in at], median=[_short(curve.median[i]) for i in at],
            low=[_short(curve.low[i]) for i in at], high=[_short(curve.high[i]) for i in at],
            marks=[MarkDoc(label=m.label, time=m.time, level=m.level) for m in curve.marks],
            notes=list(curve.notes), reason=self._reason(curve.reason),
        )  # fmt: skip

    def _span(self, span: Span) -> SpanDoc:
        return SpanDoc(
            name=span.name,
            value=_interval(span.value),
            unit=span.unit,
            at_days=span.at_days,
            reason=self._reason(span.reason),
        )

    def _option(self, option: Option) -> OptionDoc:
        score = option.score
        return OptionDoc(
            therapy=option.therapy,
            title=option.title,
            is_reference=option.is_reference,
            is_companion=option.is_companion,
            standing=option.standing.value,
            rank=option.rank,
            screening=self._screening(option.screening),
            prescription=None if option.prescription is None else self._prescription(option.prescription),
            forecast=None if option.forecast is None else self._forecast(option.forecast),
            score=None
            if score is None
            else ScoreDoc(
                total=score.total, low=score.low, high=score.high, first_share=score.first_share,
                criteria=[
                    CriterionDoc(
                        name=c.name, title=c.title, raw=c.raw, unit=c.unit, value=c.value, low=c.low, high=c.high,
                        weight=c.weight, basis=c.basis,
                    )
                    for c in score.criteria
                ],
            ),
            alternatives=[
                AlternativeDoc(prescription=self._prescription(a.prescription), forecast=self._forecast(a.forecast))
                for a in option.alternatives
            ],
            reasons_for=self._reasons(option.reasons_for),
            reasons_against=self._reasons(option.reasons_against),
        )  # fmt: skip


def _source(source: Source) -> SourceDoc:
    return SourceDoc(
        text=source.text,
        doi=source.doi,
        url=source.url,
        verification=source.verification.value,
        as_of=None if source.as_of is None else source.as_of.isoformat(),
    )


def _question(question: Any) -> QuestionDoc:
    return QuestionDoc(code=question.code, text=question.text, supply=question.supply)


def _short(value: float) -> float:
    """Four significant digits: more than a figure shows, and far more than a forecast knows."""
    return float(f"{value:.4g}")


def _interval(interval: Interval | None) -> IntervalDoc | None:
    return None if interval is None else _known(interval)


def _known(interval: Interval) -> IntervalDoc:
    return IntervalDoc(value=interval.value, low=interval.low, high=interval.high)
