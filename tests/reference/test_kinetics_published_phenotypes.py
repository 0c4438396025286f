"""Exposure by phenotype against the published figures, and against the table of the genome engine."""

from collections import Counter

import numpy as np
import pytest

from euthymia.core.tables import load_table
from euthymia.engines.genome.advice_exposure import ExposureRow
from euthymia.engines.kinetics.model_types import Dose
from euthymia.engines.kinetics.models import load_model
from euthymia.engines.kinetics.phenotypes import cyp2d6_activity_after_mdma, phenotype_exposures
from euthymia.engines.kinetics.prepared import prepare

DRUGS = (
    "escitalopram",
    "citalopram",
    "sertraline",
    "vortioxetine",
    "bupropion",
    "venlafaxine",
    "amitriptyline",
    "nortriptyline",
    "paroxetine",
)


def test_both_engines_hold_the_same_ratios() -> None:
    """The engines may not import one another; their tables must still not contradict."""
    genome = load_table("euthymia.engines.genome", "exposures.csv", ExposureRow)
    kinetics = [row for drug in DRUGS if drug != "citalopram" for row in phenotype_exposures(drug)]
    assert Counter((r.drug, r.analyte, r.gene, r.phenotype, r.group, r.ratio, r.may_scale_dose) for r in genome) == (
        Counter((r.drug, r.analyte, r.gene, r.phenotype, r.group, r.ratio, r.may_apply) for r in kinetics)
    )


def test_citalopram_borrows_the_escitalopram_ratios_for_the_s_form_only_and_unverified() -> None:
    rows = phenotype_exposures("citalopram")
    assert [row.ratio for row in rows] == [row.ratio for row in phenotype_exposures("escitalopram")]
    assert all(row.analyte == "S-citalopram" and not row.may_apply and not row.cite().is_verified for row in rows)


def test_paroxetine_is_never_applied_by_itself() -> None:
    assert all(not row.may_apply for row in phenotype_exposures("paroxetine"))


def test_nortriptyline_ratios_follow_from_the_published_levels() -> None:
    """Morita 2000: 70.3, 98.4 and 147 ng/mL per mg/kg with none, one and two altered alleles."""
    rows = {row.group: row.ratio for row in phenotype_exposures("nortriptyline") if row.paper == "Morita2000"}
    assert rows["one altered allele"] == pytest.approx(98.4 / 70.3, abs=0.005)
    assert rows["two altered alleles"] == pytest.approx(147 / 70.3, abs=0.005)


@pytest.mark.parametrize(("phenotype", "ratio"), [("PM", 3.0), ("IM", 1.5), ("UM", 0.7)])
def test_vortioxetine_exposure_follows_its_phenotype(phenotype: str, ratio: float) -> None:
    model = load_model("Chen2018Derived")
    areas = {}
    for word in ("NM", phenotype):
        people = prepare(model, model.individuals({"cyp2d6": word}))
        exposure = people.exposure([Dose("oral", 0, 10)], 336)
        assert exposure.auc_inf is not None
        areas[word] = exposure.auc_inf[0, 0]
    assert areas[phenotype] / areas["NM"] == pytest.approx(ratio, rel=1e-6)
    assert any(row.ratio == ratio for row in phenotype_exposures("vortioxetine", phenotype))


def test_vortioxetine_accumulates_five_to_six_fold() -> None:
    """Swiss product information: accumulation index 5 to 6 from the area over 24 h; not used to derive the set."""
    model = load_model("Chen2018Derived")
    people = prepare(model, model.individuals({"cyp2d6": "NM"}))
    daily = [Dose("oral", 24.0 * day, 10) for day in range(40)]
    first = people.exposure(daily[:1], 24).auc[0, 0]
    last = people.exposure(daily, 40 * 24).auc[0, 0] - people.exposure(daily, 39 * 24).auc[0, 0]
    assert 4.9 < last / first < 6.0


def test_cyp2d6_comes_back_over_ten_days_after_mdma() -> None:
    """Kinetics reference 7: 9, 25, 62, 87 and 96 % of the activity on days 1, 2, 4, 7 and 10 after 120 mg."""
    days = np.array([0.0, 1, 2, 4, 7, 10])
    activity = cyp2d6_activity_after_mdma([Dose("oral", 0, 120)], 24 * days)
    assert np.round(100 * activity).astype(int).tolist() == [100, 9, 25, 62, 87, 96]
