"""Levels, bands and exposure of a problem, with the warnings that belong to them."""

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.covariates import Spread
from euthymia.engines.kinetics.model_types import Dose, ModelStatus, SamplingSite
from euthymia.engines.kinetics.models import check_site, load_model
from euthymia.engines.kinetics.prepared import prepare
from euthymia.engines.kinetics.residual import with_residual_error
from euthymia.engines.kinetics.simulate import KineticsProblem, simulate

ADULT = {"age_yr": 45, "asian": 0, "japanese": 0}
TIMES = np.linspace(0.0, 24.0, 97)


def test_exposure_agrees_with_a_very_fine_grid() -> None:
    """The closed-form areas and refined peaks against 48,001 points, for drawn patients and staggered devices."""
    model = load_model("PerezRuixo2021")
    people = prepare(model, model.individuals(ADULT, 6, 11))
    doses = [Dose("nasal", 0.3, 84)]
    fine = np.linspace(0.0, 24.0, 48_001)
    curves = people.curves(doses, fine)
    found = people.exposure(doses, 24.0)
    assert found.cmax == pytest.approx(curves.max(axis=1), rel=1e-6)
    assert (found.cmax >= curves.max(axis=1) * (1 - 1e-12)).all()
    assert found.tmax_h == pytest.approx(fine[curves.argmax(axis=1)], abs=6e-4)
    assert found.auc == pytest.approx(np.trapezoid(curves, fine, axis=1), rel=1e-6)


def test_film_durations_that_differ_between_patients_keep_the_exposure_exact() -> None:
    model = load_model("Simons2022")
    people = prepare(model, model.individuals({"weight_kg": 70}, 8, 2))
    doses = [Dose("film", 0.0, 100), Dose("iv", 6.0, 20, 1 / 3)]
    fine = np.union1d(np.linspace(0.0, 12.0, 4_801), [6.0 + 1 / 3])
    curves = people.curves(doses, fine)
    found = people.exposure(doses, 12.0)
    assert found.cmax == pytest.approx(curves.max(axis=1), rel=1e-5)
    assert found.auc == pytest.approx(np.trapezoid(curves, fine, axis=1), rel=1e-4)


def test_a_bolus_peaks_at_once_and_its_area_is_dose_over_clearance() -> None:
    model = load_model("ClementsNimmo1981")
    people = prepare(model, model.individuals({"weight_kg": 70}))
    found = people.exposure([Dose("iv", 1.0, 20)], 48.0)
    assert found.cmax[0, 0] == pytest.approx(1000 * 20 / (1.7522 * 70))
    assert found.tmax_h[0, 0] == pytest.approx(1.0)
    assert found.auc_inf is not None
    assert found.auc_inf[0, 0] == pytest.approx(1000 * 20 / (0.0109 * 60 * 1.7522 * 70))


def test_cumulative_exposure_over_a_course_of_sessions() -> None:
    """Twice-weekly sessions: the area so far, against the area of one session and against a fine grid."""
    model = load_model("PerezRuixo2021")
    people = prepare(model, model.individuals(ADULT, 3, 2))
    course = [Dose("nasal", 84.0 * session, 56) for session in range(4)]
    times = np.array([0.0, 84.0, 168.0, 252.0, 600.0])
    area = people.cumulative_auc(course, times)
    assert area[:, 0] == pytest.approx(0.0, abs=1e-9)
    assert (np.diff(area, axis=1) > 0).all()
    whole = people.exposure(course[:1], 24.0).auc_inf
    assert whole is not None
    assert area[:, -1] == pytest.approx(4 * whole, rel=1e-3)
    assert area[:, 2] == pytest.approx(people.exposure(course, 168.0).auc, rel=1e-12)


def test_no_dose_gives_no_level_and_no_exposure() -> None:
    result = simulate(KineticsProblem("PerezRuixo2021", (), TIMES, ADULT, 3, 1))
    assert result.typical is not None and result.typical_exposure is not None
    assert result.typical.max() == 0.0 and result.typical_exposure.auc.max() == 0.0


def test_the_result_holds_typical_curve_band_and_exposure() -> None:
    problem = KineticsProblem(
        "PerezRuixo2021", (Dose("nasal", 0.0, 56),), TIMES, ADULT, n_patients=400, seed=5, keep_patients=True
    )
    result = simulate(problem)
    assert result.analytes == ("esketamine", "noresketamine")
    assert result.typical is not None and result.patients is not None and result.quantiles is not None
    assert result.typical.shape == (97, 2) and result.patients.shape == (400, 97, 2)
    assert result.quantiles == pytest.approx(np.quantile(result.patients, [0.05, 0.5, 0.95], axis=0))
    assert result.typical_exposure is not None and result.exposure is not None
    assert result.typical_exposure.cmax[0, 0] == pytest.approx(72.6, rel=0.005)
    inside = (result.typical >= result.quantiles[0]) & (result.typical <= result.quantiles[2])
    assert inside.all()
    assert result.status is ModelStatus.PUBLISHED
    assert any("spread of kmet" in line for line in result.warnings)
    assert any("noresketamine AUC" in line for line in result.limits)


def test_the_same_patients_answer_at_other_times() -> None:
    base = KineticsProblem("PerezRuixo2021", (Dose("nasal", 0.0, 56),), TIMES, ADULT, 30, 5, keep_patients=True)
    few = KineticsProblem("PerezRuixo2021", (Dose("nasal", 0.0, 56),), TIMES[::8], ADULT, 30, 5, keep_patients=True)
    one, two = simulate(base).patients, simulate(few).patients
    assert one is not None and two is not None
    assert one[:, ::8] == pytest.approx(two, rel=1e-10)


def test_residual_error_has_the_size_that_the_paper_gives() -> None:
    model = load_model("PerezRuixo2021").file
    levels = np.broadcast_to(np.array([[60.0, 80.0], [15.0, 50.0]]), (40_000, 2, 2)).copy()
    error = np.log(with_residual_error(model, levels, 9) / levels)
    assert error.std(axis=0) == pytest.approx(np.array([[0.276, 0.422]] * 2), rel=0.02)
    assert np.corrcoef(error[:, 0, 0], error[:, 1, 0])[0, 1] == pytest.approx(0.0, abs=0.02)


def test_residual_error_widens_the_band_of_measured_levels() -> None:
    given = ("PerezRuixo2021", (Dose("nasal", 0.0, 56),), TIMES[4:], ADULT, 300, 5)
    true, measured = (simulate(KineticsProblem(*given, residual_error=error)) for error in (False, True))
    assert true.quantiles is not None and measured.quantiles is not None
    assert ((measured.quantiles[2] - measured.quantiles[0]) > (true.quantiles[2] - true.quantiles[0])).mean() > 0.95
    assert true.exposure is not None and measured.exposure is not None
    assert true.exposure.cmax == pytest.approx(measured.exposure.cmax)


def test_an_illustrative_and_a_derived_set_say_so_on_every_result() -> None:
    mdma = simulate(KineticsProblem("Mas1999Illustrative", (Dose("oral", 0.0, 80),), TIMES))
    psilocin = simulate(KineticsProblem("Holze2023Derived", (Dose("oral", 0.0, 25),), TIMES))
    assert any("illustrative" in line for line in mdma.warnings)
    assert any("derived" in line for line in psilocin.warnings)
    assert mdma.typical_exposure is not None and mdma.typical_exposure.auc_inf is None


def test_a_second_mdma_dose_meets_an_enzyme_that_is_switched_off() -> None:
    """Half the dose two hours later adds more than half of the area of the first."""
    one = simulate(KineticsProblem("Mas1999Illustrative", (Dose("oral", 0.0, 80),), TIMES)).typical_exposure
    both = simulate(
        KineticsProblem("Mas1999Illustrative", (Dose("oral", 0.0, 80), Dose("oral", 2.0, 40)), TIMES)
    ).typical_exposure
    assert one is not None and both is not None
    assert both.auc[0, 0] > 1.5 * one.auc[0, 0]


def test_a_model_without_spread_says_that_its_band_has_none() -> None:
    result = simulate(KineticsProblem("Kamp2020", (Dose("iv", 0.0, 35, 2 / 3),), TIMES, {"weight_kg": 70}, 4, 1))
    assert result.quantiles is not None
    assert result.quantiles[0] == pytest.approx(result.quantiles[2])
    assert any("no spread" in line for line in result.warnings)


def test_drawn_covariates_leave_no_typical_patient() -> None:
    drawn = {"weight_kg": Spread(75, 15, 45, 120)}
    result = simulate(KineticsProblem("Kamp2020", (Dose("iv", 0.0, 35, 2 / 3),), TIMES, drawn, 50, 1))
    assert result.typical is None and result.quantiles is not None
    with pytest.raises(InvalidInput, match="covariates"):
        simulate(KineticsProblem("Kamp2020", (Dose("iv", 0.0, 35, 2 / 3),), TIMES, drawn))


def test_mixing_sampling_sites_warns() -> None:
    kamp, otto, domino = (load_model(name) for name in ("Kamp2020", "Otto2021", "Domino1982"))
    (line,) = check_site(kamp, "Bowdle1998", SamplingSite.VENOUS)
    assert "Bowdle1998 was fitted to venous levels and Kamp2020 gives arterial ones" in line
    assert check_site(otto, "Bowdle1998", "venous") == ()
    assert "not known" in check_site(domino, "Bowdle1998", "venous")[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_patients": -1}, "n_patients"),
        ({"n_patients": 5}, "seed"),
        ({"quantiles": (0.0, 0.5)}, "quantiles"),
        ({"residual_error": True}, "residual_error"),
        ({"times_h": np.array([2.0, 1.0])}, "times_h"),
        ({"times_h": np.array([])}, "times_h"),
        ({"model": "Nobody1900"}, "model"),
    ],
)
def test_a_problem_that_cannot_be_is_refused_by_name(change: dict[str, object], words: str) -> None:
    given = {"model": "PerezRuixo2021", "doses": (Dose("iv", 0.0, 28),), "times_h": TIMES, "covariates": ADULT}
    with pytest.raises(InvalidInput, match=words):
        simulate(KineticsProblem(**{**given, **change}))  # type: ignore[arg-type]
