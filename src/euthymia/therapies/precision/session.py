"""Sample and result as a step machine: identity, consent, sample, results with units, explanation, plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from euthymia.case.critical_values import critical_row
from euthymia.case.facts import Finding, LabResult
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Direction, Reason
from euthymia.core.units import canonical_unit, convert
from euthymia.therapies.contract import Action, ActionKind, Observation, Prescription
from euthymia.therapies.precision.drug_option import DrugOption
from euthymia.therapies.precision.option_visit import OptionVisit
from euthymia.therapies.precision.prescription import TestOrder
from euthymia.therapies.precision.tables import forms, not_for_use
from euthymia.therapies.stepping import Handler, StepMachine

BUILDS = ("GRCh38", "GRCh37", "not_applicable")
PHENOTYPES = {
    "poor": "poor_metabolizer", "intermediate": "", "normal": "", "rapid": "ultrarapid_metabolizer",
    "ultrarapid": "ultrarapid_metabolizer", "indeterminate": "",
}  # fmt: skip


def session(case: Case, prescription: Prescription, n: int) -> TestVisit | OptionVisit:
    """Return the ``n``-th visit as a step machine: of testing, or of a drug option."""
    if isinstance(prescription, DrugOption):
        return OptionVisit(case, prescription, n)
    return TestVisit(case, prescription, n)


@final
class TestVisit(StepMachine):
    """A visit of testing; see :class:`~euthymia.therapies.stepping.StepMachine` for the three calls.

    Observations: ``identity`` (confirmed), ``consent`` (given), ``sample`` (material, laboratory), ``result`` (analyte,
    value, unit, laboratory, reference_low, reference_high), ``genotype`` (gene, diplotype, phenotype, assay, build,
    laboratory, copy_number_measured), ``told`` (by, to), ``explained`` (by, understood), ``plan`` (change), ``cancel``
    (because).
    """

    therapy = "precision"
    __test__ = False

    def __init__(self, case: Case, prescription: Prescription, n: int) -> None:
        if not isinstance(prescription, TestOrder):
            raise InvalidInput("prescription", type(prescription).__name__, "a TestOrder or a DrugOption")
        super().__init__(case, form=prescription.form, protocol=prescription.protocol, number=n)
        self._rx = prescription
        self._identity, self._consent = False, not forms()[prescription.form].asks_consent
        self._samples: list[str] = []
        self._labs: list[LabResult] = []
        self._genes: list[dict[str, Any]] = []
        self._findings: list[Finding] = []
        self._untold: list[str] = []
        self._explained, self._plan = False, ""

    def _begin(self) -> list[Action]:
        actions = [Action(ActionKind.MEASURE, "identity", "Confirm the patient by two identifiers.")]
        if not self._consent:
            text = "Ask for consent to the genetic test: use, storage, findings, sharing."
            actions.append(Action(ActionKind.MEASURE, "consent", text))
        titles = ", ".join(row.title for row in self._rx.rows)
        return [*actions, Action(ActionKind.DO, "sample", f"Take the sample, or enter the results, of: {titles}.")]

    def _handlers(self) -> Mapping[str, Handler]:
        return {
            "identity": self._identify, "consent": self._ask, "sample": self._sample, "result": self._result,
            "genotype": self._genotype, "told": self._told, "explained": self._explain, "plan": self._adjust,
            "cancel": self._cancel,
        }  # fmt: skip

    def _identify(self, seen: Observation) -> list[Action]:
        self._identity = self._flag_of(seen, "confirmed")
        if self._identity:
            return [Action(ActionKind.INFORM, "identity", "Identity confirmed.")]
        return [Action(ActionKind.REFUSE, "identity", "Identity is not confirmed: no sample and no result.")]

    def _ask(self, seen: Observation) -> list[Action]:
        if not self._flag_of(seen, "given"):
            return [Action(ActionKind.REFUSE, "consent", "No consent to the genetic test."), self._stop("No consent")]
        self._consent = True
        return [Action(ActionKind.INFORM, "consent", "Consent recorded.")]

    def _check_open(self, what: str) -> None:
        if self._stopped_because:
            raise SafetyLimit(what, "given", "nothing after the visit was stopped", self._stopped_because)
        if not self._identity:
            raise SafetyLimit(what, "given", "after the identity was confirmed by two identifiers")
        if not self._consent:
            raise SafetyLimit(what, "given", "after consent to the genetic test")

    def _sample(self, seen: Observation) -> list[Action]:
        self._check_open("sample")
        material, laboratory = self._word_of(seen, "material"), self._word_of(seen, "laboratory")
        self._samples.append(f"{material} to {laboratory}")
        self._began_treatment = True
        due = self._now_s + self._rx.result_days * 86400
        text = f"{material} taken for {laboratory}. Result expected in about {self._rx.result_days:g} days."
        return [Action(ActionKind.WAIT, "result", text, due)]

    def _result(self, seen: Observation) -> list[Action]:
        self._check_open("result")
        analyte = self._word_of(seen, "analyte")
        refused = not_for_use(analyte)
        if refused is not None:
            raise SafetyLimit("result.analyte", analyte, refused.statement)
        unit = self._word_of(seen, "unit")
        canonical_unit(unit)
        self._word_of(seen, "laboratory")
        low, high = (self._optional(seen, name) for name in ("reference_low", "reference_high"))
        if low is not None and high is not None and low > high:
            raise InvalidInput("result.reference_low", low, f"at most reference_high ({high:g})")
        lab = LabResult(analyte, self._number_of(seen, "value", 0, 1e9), unit, low, high)
        expected = next((row for row in self._rx.rows if analyte in row.analytes), None)
        if expected is not None:
            convert(lab.value, unit, expected.unit, analyte=analyte)  # refuses a unit that measures something else
        alert = self._critical(lab)
        self._labs.append(lab)
        self._began_treatment = True
        self._explained, self._plan = False, ""
        beyond = (low is not None and lab.value < low) or (high is not None and lab.value > high)
        words = "outside the printed range" if beyond else "recorded"
        if low is None and high is None:
            words = "recorded without a printed range: the reader must know it"
        return [*alert, Action(ActionKind.INFORM, "result", f"{analyte} {lab.value:g} {unit}: {words}.")]

    def _critical(self, lab: LabResult) -> list[Action]:
        row = critical_row(lab.analyte, lab.value, lab.unit)
        if row is None:
            return []
        text = f"Critical value: {lab.analyte} {lab.value:g} {lab.unit} ({row.statement}). Call a clinician now."
        self._untold.append(lab.analyte)
        raised = self._raise_alert("high", f"critical_{row.analyte}", text)
        why = Reason(f"{row.statement}.", (row.cite(),), direction=Direction.AGAINST, code=raised.code)
        return [Action(raised.kind, raised.code, raised.text, reason=why)]

    def _genotype(self, seen: Observation) -> list[Action]:
        self._check_open("genotype")
        gene = self._word_of(seen, "gene").upper()
        refused = not_for_use(gene)
        if refused is not None:
            raise SafetyLimit("genotype.gene", gene, refused.statement)
        phenotype = self._word_of(seen, "phenotype", tuple(PHENOTYPES))
        record: dict[str, Any] = {"gene": gene, "phenotype": phenotype}
        for name in ("diplotype", "assay", "laboratory"):
            record[name] = self._word_of(seen, name)
        record["build"] = self._word_of(seen, "build", BUILDS)
        actions = []
        if gene == "CYP2D6":
            record["copy_number_measured"] = self._flag_of(seen, "copy_number_measured")
            if not record["copy_number_measured"]:
                text = "CYP2D6 copy number not measured: deletions, duplications and hybrids stay hidden."
                actions.append(Action(ActionKind.INFORM, "copy_number", text))
        self._genes.append(record)
        self._began_treatment = True
        self._explained, self._plan = False, ""
        code = PHENOTYPES[phenotype]
        if gene in ("CYP2D6", "CYP2C19", "CYP2B6") and phenotype != "indeterminate":
            detail = f"{record['diplotype']}, {record['assay']}, {record['build']}"
            self._findings += [
                Finding(f"{gene.lower()}_{word}", word == code, detail)
                for word in ("poor_metabolizer", "ultrarapid_metabolizer")
                if not (gene == "CYP2B6" and word.startswith("ultrarapid"))
            ]
        return [*actions, Action(ActionKind.INFORM, "genotype", f"{gene} {record['diplotype']}: {phenotype}.")]

    def _told(self, seen: Observation) -> list[Action]:
        by, to = self._word_of(seen, "by"), self._word_of(seen, "to")
        self._untold = []
        return [Action(ActionKind.INFORM, "told", f"{by} told {to} the critical value.")]

    def _explain(self, seen: Observation) -> list[Action]:
        self._word_of(seen, "by")
        self._explained = self._flag_of(seen, "understood")
        if self._explained:
            return [Action(ActionKind.DO, "plan", "Write down what changes in the plan, or that nothing does.")]
        return [Action(ActionKind.WAIT, "explained", "Not understood yet: explain again, offer it in writing.")]

    def _adjust(self, seen: Observation) -> list[Action]:
        if not (self._labs or self._genes):
            raise InvalidInput("kind", "plan", "after a result")
        self._plan = self._word_of(seen, "change")
        return [Action(ActionKind.RELEASE, "plan", "Plan recorded.")]

    def _cancel(self, seen: Observation) -> list[Action]:
        return [self._stop(self._word_of(seen, "because"))]

    def _closed_gates(self) -> list[str]:
        gates = [f"nobody was told the critical {name}" for name in dict.fromkeys(self._untold)]
        if self._stopped_because:
            return gates
        if not self._began_treatment:
            return [*gates, "take the sample, enter a result, or cancel with a reason"]
        if self._labs or self._genes:
            gates += [] if self._explained else ["the result is not explained to the patient"]
            gates += [] if self._plan else ["what changes in the plan is not recorded"]
        return gates

    def _summary(self) -> Mapping[str, Any]:
        results = [{"analyte": r.analyte, "value": r.value, "unit": r.unit} for r in self._labs]
        return {"samples": self._samples, "results": results, "genotypes": self._genes, "plan": self._plan}

    def _extra_facts(self) -> list[Any]:
        return [*self._labs, *self._findings]

    @staticmethod
    def _optional(seen: Observation, name: str) -> float | None:
        return None if seen.values.get(name) is None else StepMachine._number_of(seen, name, 0, 1e9)
