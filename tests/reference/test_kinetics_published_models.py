"""Every packaged kinetic model gives the numbers that its own file holds: published tables and independent traces."""

from dataclasses import replace

import pytest

from euthymia.engines.kinetics.model_checks import run_check, run_checks
from euthymia.engines.kinetics.model_types import Dose
from euthymia.engines.kinetics.models import Model, load_model, model_names
from euthymia.engines.kinetics.prepared import prepare

CASES = [
    pytest.param(name, number, id=f"{name}-{check.name}")
    for name in model_names()
    for number, check in enumerate(load_model(name).file.checks)
]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_model_gives_the_numbers_of_its_checks(name: str, number: int) -> None:
    model = load_model(name)
    wrong = [str(outcome) for outcome in run_check(model, model.file.checks[number]) if not outcome.is_within]
    assert not wrong


def test_all_strata_of_perez_ruixo_are_checked_within_one_and_a_half_percent() -> None:
    """Clin Pharmacokinet 2021;60:501-516, Table 4: two ages, three ancestries, three doses; not noresketamine AUC."""
    model = load_model("PerezRuixo2021")
    strata = [check for check in model.file.checks if check.name.startswith("Table 4")]
    assert len(strata) == 18
    assert all(check.tolerance_pct <= 1.5 and check.kind == "published" for check in strata)
    asked = {(value.output, value.quantity) for check in strata for value in check.values}
    assert asked == {("esketamine", "cmax"), ("esketamine", "auc"), ("noresketamine", "cmax")}
    outcomes = [outcome for check in strata for outcome in run_check(model, check)]
    assert len(outcomes) == 54
    assert max(abs(outcome.difference_pct) for outcome in outcomes) < 0.6  # 0.51 when this was written


def test_availability_and_clearance_of_esketamine_are_those_of_the_abstract() -> None:
    """Perez-Ruixo 2021, abstract: 54 and 51 % of 56 and 84 mg, 18.6 % by mouth, 114 L/h (here 109 L/h)."""
    model = load_model("PerezRuixo2021")
    people = prepare(model, model.individuals({"age_yr": 45, "asian": 0, "japanese": 0}))

    def area_per_mg(route: str, amount_mg: float) -> float:
        found = people.exposure([Dose(route, 0.0, amount_mg)], 24.0).auc_inf
        assert found is not None
        return float(found[0, 0]) / amount_mg

    intravenous = area_per_mg("iv", 28)
    assert area_per_mg("nasal", 56) / intravenous == pytest.approx(0.54, abs=0.005)
    assert area_per_mg("nasal", 84) / intravenous == pytest.approx(0.51, abs=0.005)
    assert area_per_mg("oral", 84) / intravenous == pytest.approx(0.178, abs=0.0005)  # printed as 0.186
    assert 1000 / intravenous == pytest.approx(109.0, rel=1e-3)


def test_devices_at_one_time_miss_the_published_peak() -> None:
    """All 84 mg at time 0 give 102.2 ng/mL (kinetics reference 2.1): the five minutes between devices matter."""
    model = load_model("PerezRuixo2021")
    nasal = replace(model.file.routes["nasal"], spacing_h=0.0)
    together = Model(replace(model.file, routes={**model.file.routes, "nasal": nasal}))
    check = next(c for c in model.file.checks if c.name == "Table 4, 18-60 y, Caucasian, 84 mg")
    peak = next(o for o in run_check(together, check) if (o.value.output, o.value.quantity) == ("esketamine", "cmax"))
    assert peak.found == pytest.approx(102.2, rel=1e-3)


@pytest.mark.parametrize("name", model_names())
def test_the_checks_of_a_model_notice_a_changed_parameter(name: str) -> None:
    """A central volume (or clearance) a quarter off fails at least one check."""
    model = load_model(name)
    chosen = next(p for p in ("V1", "Vc", "VK1", "V") if p in model.file.parameters)
    chosen = "CL" if name == "Chen2018Derived" else chosen
    parameter = model.file.parameters[chosen]
    changed = replace(parameter, value=parameter.value * 1.25)
    spoiled = Model(replace(model.file, parameters={**model.file.parameters, parameter.name: changed}))
    assert not all(outcome.is_within for outcome in run_checks(spoiled))


def test_tolerances_are_those_that_were_agreed() -> None:
    """Traces of an independent implementation 0.5 %, wider only where the number is printed with two digits."""
    for name in model_names():
        for check in load_model(name).file.checks:
            printed_short = "two digits" in check.name or name == "Mas1999Illustrative"
            if check.kind == "traced" and not printed_short:
                assert check.tolerance_pct <= 0.5, (name, check.name)
