"""VNS prescriptions: duty cycles and doses as published, and nothing beyond a limit can be made."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vns_cases import complete

from euthymia.case.facts import Demographics, Finding, Implant, Sex
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Prescription
from euthymia.therapies.vns import THERAPY, VnsPrescription, VnsSetting

from tests.therapies.therapy_cases import case_of


def rx(protocol: str = "vns_d21_high") -> VnsPrescription:
    return next(p for p in THERAPY.propose(complete()) if p.protocol == protocol)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("on_s", "off_min", "duty_pct"),
    [(30, 5, 10.3), (30, 3, 16.2), (30, 1.8, 24.6), (30, 1.1, 35.4), (21, 0.8, 36.2), (14, 1.1, 22.5)],
)
def test_duty_cycles_match_the_published_ones(on_s: float, off_min: float, duty_pct: float) -> None:
    """dbs-vns.md, section 7.3."""
    assert VnsSetting(1.0, 250, 20, on_s, off_min).duty_pct == pytest.approx(duty_pct, abs=0.06)


def test_a_duty_cycle_above_half_is_refused() -> None:
    with pytest.raises(SafetyLimit, match=r"57\.9 %"):
        VnsSetting(1.0, 250, 20, 7, 0.2)
    with pytest.raises(SafetyLimit, match="OFF not shorter than ON"):
        VnsSetting(1.0, 250, 20, 30, 0.4)


def test_pulses_and_charge_a_day_match_the_reference() -> None:
    """dbs-vns.md, section 7.3: 157,090 pulses and 49.1 mC a day at 1.25 mA, 250 µs, 20 Hz, 30 s / 5 min."""
    setting = VnsSetting(1.25, 250, 20, 30, 5)
    assert setting.pulses_per_day == pytest.approx(157_090, rel=1e-4)
    assert setting.pulses_per_day * setting.charge_uc / 1000 == pytest.approx(49.1, rel=1e-3)


@pytest.mark.parametrize(("output_ma", "width_us", "density"), [(1.5, 250, 8.2), (3.5, 500, 38)])
def test_nerve_charge_density_matches_the_reference(output_ma: float, width_us: float, density: float) -> None:
    """dbs-vns.md, section 3."""
    assert VnsSetting(output_ma, width_us, 20, 30, 5).density_uc_cm2 == pytest.approx(density, rel=0.01)


@pytest.mark.parametrize(
    ("values", "words"),
    [((250, 250, 20, 30, 5), "uA"), ((1.0, 0.25, 20, 30, 5), "milliseconds"), ((1.0, 250, 20, 30, 300), "seconds"),
     ((1.0, 250, 20, 0.5, 5), "minutes"), ((4.0, 250, 20, 30, 5), "3.5"), ((0.0, 250, 20, 30, 5), "0.25"),
     ((1.0, 1000, 20, 30, 5), "500"), ((1.0, 250, 50, 30, 5), "20, 25, 30")],
)  # fmt: skip
def test_slips_and_limits_of_a_setting(values: tuple[float, ...], words: str) -> None:
    with pytest.raises(SafetyLimit) as caught:
        VnsSetting(*values)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [{"step_ma": 0.5}, {"step_ma": 0.0}, {"ceiling_ma": 4.0}, {"visit_rise_ma": 0.1}, {"visit_rise_ma": 3.0},
     {"start": VnsSetting(1.5, 250, 20, 30, 5)}, {"target": VnsSetting(2.0, 250, 20, 30, 5)}],
)  # fmt: skip
def test_a_titration_beyond_its_limits_cannot_be_made(changes: dict[str, object]) -> None:
    with pytest.raises(SafetyLimit):
        replace(rx(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"protocol": "fast"}, {"form": "tvns"}, {"start": 0.25}, {"step_ma": True}])
def test_bad_input_is_named(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        replace(rx(), **changes)  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(
    output=st.floats(0, 5), width=st.sampled_from([60, 130, 250, 500, 750]),
    frequency=st.sampled_from([10, 20, 25, 30, 50]),
    on_s=st.floats(1, 100), off_min=st.floats(0.05, 200), ceiling=st.floats(0, 5), step=st.floats(0, 1),
    rise=st.floats(0, 2),
)  # fmt: skip
def test_no_prescription_can_pass_a_limit(
    output: float, width: float, frequency: float, on_s: float, off_min: float, ceiling: float, step: float, rise: float
) -> None:
    try:
        target = VnsSetting(output, width, frequency, on_s, off_min)
        made = replace(rx(), target=target, ceiling_ma=ceiling, step_ma=step, visit_rise_ma=rise)
    except (SafetyLimit, InvalidInput):
        return
    assert made.step_ma <= 0.25 and made.ceiling_ma <= 3.5
    rungs = made.ladder()
    assert rungs[0].output_ma == 0.25 and rungs[-1].output_ma == pytest.approx(output)
    for rung in rungs:
        assert 0.25 <= rung.output_ma <= made.ceiling_ma + 1e-9
        assert rung.duty_pct <= 50 and rung.off_min * 60 >= rung.on_s
        assert 130 <= rung.pulse_width_us <= 500 and 20 <= rung.frequency_hz <= 30
    assert all(b.output_ma - a.output_ma <= 0.25 + 1e-9 for a, b in pairwise(rungs))


def test_titration_starts_low_and_the_table_is_shown() -> None:
    found = THERAPY.propose(complete())
    assert [p.protocol for p in found] == ["vns_d21_high", "vns_d21_medium", "vns_bonn"]
    for each in found:
        assert isinstance(each, Prescription)
        assert isinstance(each, VnsPrescription)
        assert each.start.output_ma == 0.25
        assert each.schedule.phases[1].name == "implant operation (day 0)"
    assert dict(found[0].details())["Titration"].startswith("0.25 → 0.5 → 0.75 → 1 → 1.25 → 1.5 mA")


@pytest.mark.parametrize("concept", ["professional_voice_user", "sleep_apnea", "copd_or_asthma"])
def test_voice_and_airway_bring_the_gentle_titration_first(concept: str) -> None:
    found = THERAPY.propose(complete(Finding(concept, True)))
    assert (found[0].protocol, found[-1].protocol) == ("vns_d21_medium", "vns_bonn")


def test_the_bonn_protocol_leads_in_germany_only_before_nothing_else() -> None:
    who = complete().demographics
    assert who is not None
    found = THERAPY.propose(complete(Demographics(who.birth_date, Sex.FEMALE, "DE")))
    assert [p.protocol for p in found] == ["vns_d21_high", "vns_bonn", "vns_d21_medium"]


def test_a_device_in_place_needs_no_operation() -> None:
    case = complete(Implant("vagus_nerve_stimulator"))
    found = THERAPY.propose(case)[0]
    assert found.schedule.phases[0].name == "activation" and found.schedule.phases[0].start_day == 0
    assert not THERAPY.simulate(case, found, seed=1).burden.surgery


def test_an_empty_case_still_gets_the_titration_to_discuss() -> None:
    assert len(THERAPY.propose(case_of())) == 3


def test_simulate_says_that_the_primary_was_missed_and_that_benefit_is_slow() -> None:
    found = THERAPY.simulate(complete(), rx(), seed=3)
    assert found == THERAPY.simulate(complete(), rx(), seed=3)
    assert {"recover_primary", "builds_slowly"} <= {r.code for r in found.reasons}
    assert any(o.is_null for o in found.outcomes)
    assert found.burden.surgery and found.burden.days_to_end_of_acute_course > 330
    assert {r.code for r in found.physics} == {"duty_cycle", "charge"}
