"""DBS prescriptions: the published charge tables are met, and nothing beyond a limit can be made."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from dbs_cases import complete, complete_facts
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.case.facts import Finding, Implant
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Prescription
from euthymia.therapies.dbs import THERAPY, ContactShare, DbsPrescription, SideSetting, contact_charges
from euthymia.therapies.dbs.tables import lead_row, leads, limit, protocols

from tests.therapies.therapy_cases import case_of


def rx(protocol: str = "scc_current_6ma") -> DbsPrescription:
    return next(p for p in THERAPY.propose(complete()) if p.protocol == protocol)  # type: ignore[return-value]


def made(base: DbsPrescription, **changes: object) -> DbsPrescription:
    return replace(base, **changes)  # type: ignore[arg-type]


def on(side: str, amplitude: float, *contacts: str) -> SideSetting:
    return SideSetting(side, amplitude, tuple(ContactShare(c, 100 / len(contacts)) for c in contacts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lead", "contact", "area_cm2"),
    [("medtronic_3389", "0", 0.0598), ("medtronic_3387", "3", 0.0598), ("medtronic_b33005", "2a", 0.0160),
     ("medtronic_b33005", "1", 0.0641), ("vercise_db2202", "2b", 0.0153), ("vercise_db2201", "8", 0.0613),
     ("abbott_6172", "1", 0.0608), ("abbott_6172", "3c", 0.0152)],
)  # fmt: skip
def test_contact_areas_match_the_reference_table(lead: str, contact: str, area_cm2: float) -> None:
    """dbs-vns.md, section 1: areas computed there to 0.01 mm²."""
    assert lead_row(lead).area_cm2(contact) == pytest.approx(area_cm2, abs=6e-5)


@pytest.mark.parametrize(
    ("lead", "contact", "width_us", "max_ma"),
    [("medtronic_3389", "1", 60, 29.9), ("medtronic_3389", "1", 90, 19.9), ("medtronic_3389", "1", 210, 8.5),
     ("medtronic_3389", "1", 450, 4.0), ("medtronic_b33005", "2a", 90, 5.3), ("vercise_db2202", "2a", 90, 5.1),
     ("vercise_db2202", "2a", 450, 1.02)],
)  # fmt: skip
def test_current_at_30_uc_per_cm2_matches_the_reference_table(
    lead: str, contact: str, width_us: float, max_ma: float
) -> None:
    """dbs-vns.md, section 3: maximum currents at 30 µC/cm², printed to two or three figures."""
    charge = contact_charges(
        on("left", max_ma, contact), lead=lead, control="current", pulse_width_us=width_us, impedance_ohm=None
    )[0]
    assert charge.density_uc_cm2 == pytest.approx(30.0, rel=0.015)


@pytest.mark.parametrize(("area", "k", "max_ma"), [("1", 1.5, 15.3), ("1", 1.75, 20.4)])
def test_shannon_current_on_a_ring_matches_the_reference(area: str, k: float, max_ma: float) -> None:
    """dbs-vns.md, section 3: Shannon bound at 90 µs on a full ring of 0.0598 cm²."""
    charge = contact_charges(
        on("left", max_ma, area), lead="medtronic_3389", control="current", pulse_width_us=90, impedance_ohm=None
    )[0]
    assert charge.shannon_k == pytest.approx(k, abs=0.005)


def test_six_milliampere_fit_a_ring_but_not_one_segment() -> None:
    base = rx()
    ring = made(base, left=on("left", 6, "1"), right=on("right", 6, "1"))
    assert max(c.density_uc_cm2 for c in ring.charges()) < 10
    with pytest.raises(SafetyLimit, match="charge_density"):
        made(base, left=on("left", 6, "2a"), right=on("right", 6, "2a"))
    three = made(base, left=on("left", 6, "2a", "2b", "2c"), right=on("right", 6, "1"))
    assert three.charges()[0].current_ma == pytest.approx(2.0)


def test_the_ceiling_is_held_to_the_limits_too() -> None:
    base = rx()
    with pytest.raises(SafetyLimit, match="charge_density"):
        made(base, left=on("left", 1, "2a"), right=on("right", 1, "2a"))


def test_anodes_are_charged_like_cathodes() -> None:
    bipolar = SideSetting("left", 3.0, (ContactShare("1"),), (ContactShare("2a"),))
    with pytest.raises(SafetyLimit, match="contact 2a"):
        made(rx(), left=bipolar)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pulse_width_us": 0.09}, "milliseconds"),
        ({"pulse_width_us": 9e-5}, "seconds"),
        ({"frequency_hz": 0.13}, "kHz"),
        ({"pulse_width_us": 1000}, "450"),
        ({"frequency_hz": 300}, "250"),
        ({"left": on("left", 6000, "1")}, "uA"),
        ({"ceiling_amplitude": 25.0}, "20"),
        ({"step_amplitude": 50.0}, "step_amplitude"),
    ],
)
def test_slips_are_refused_and_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(SafetyLimit) as caught:
        made(rx(), **changes)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [{"lead": "medtronic_9999"}, {"left": on("left", 2, "7")}, {"form": "dbs_vcvs"}, {"control": "power"},
     {"pulse_width_us": math.nan}, {"frequency_hz": True}, {"left": on("right", 2, "1")}],
)  # fmt: skip
def test_bad_input_is_named(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        made(rx(), **changes)


def test_shares_must_add_up_and_contacts_stand_once() -> None:
    with pytest.raises(InvalidInput, match="100"):
        SideSetting("left", 2.0, (ContactShare("1", 60), ContactShare("2a", 60)))
    with pytest.raises(InvalidInput, match="once"):
        SideSetting("left", 2.0, (ContactShare("1"),), (ContactShare("1"),))


def test_a_voltage_without_impedance_is_checked_at_the_lowest_clinical_one() -> None:
    base = rx("vcvs_reclaim")
    assert base.charges()[0].current_ma == pytest.approx(2.0 / 0.5)
    with pytest.raises(SafetyLimit, match="shannon_k"):
        made(base, pulse_width_us=210.0, ceiling_amplitude=8.0)
    assert made(base, pulse_width_us=210.0, ceiling_amplitude=8.0, impedance_ohm=1000.0).charges()[0].current_ma == 2.0


@settings(max_examples=200, deadline=None)
@given(
    lead=st.sampled_from([row.lead for row in leads()]), data=st.data(), amplitude=st.floats(0, 40),
    ceiling=st.floats(0, 40), width=st.floats(1, 600), frequency=st.floats(0.1, 400),
    control=st.sampled_from(["current", "voltage"]), ohm=st.none() | st.floats(10, 3000),
)  # fmt: skip
def test_no_prescription_can_pass_a_limit(
    lead: str, data: st.DataObject, amplitude: float, ceiling: float, width: float, frequency: float, control: str,
    ohm: float | None,
) -> None:  # fmt: skip
    names = data.draw(st.lists(st.sampled_from(lead_row(lead).contacts), min_size=1, max_size=3, unique=True))
    try:
        found = made(
            rx(), lead=lead, control=control, left=on("left", amplitude, *names), right=on("right", amplitude, *names),
            ceiling_amplitude=ceiling, step_amplitude=min(0.5, ceiling), pulse_width_us=width, frequency_hz=frequency,
            impedance_ohm=ohm,
        )  # fmt: skip
    except (SafetyLimit, InvalidInput):
        return
    for charge in (*found.charges(), *found.charges(at_ceiling=True)):
        assert charge.density_uc_cm2 <= 30.0
        assert charge.shannon_k <= 1.75
        if control == "current":
            assert charge.current_ma <= 12.7
    assert 60 <= found.pulse_width_us <= 450
    assert 2 <= found.frequency_hz <= 250
    assert limit("lead_current" if control == "current" else "voltage").allows(found.ceiling_amplitude)


@settings(max_examples=100, deadline=None)
@given(amplitude=st.floats(0.2, 12.0), width=st.floats(60, 450))
def test_nothing_inside_the_limits_is_refused(amplitude: float, width: float) -> None:
    area = lead_row("abbott_6172").area_cm2("1")
    charge = amplitude * width / 1000
    inside = charge / area <= 29.9 and math.log10(charge / area) + math.log10(charge) <= 1.74
    if inside:
        sides = {"left": on("left", amplitude, "1"), "right": on("right", amplitude, "1")}
        assert made(rx(), **sides, ceiling_amplitude=amplitude, step_amplitude=0.1, pulse_width_us=width)


def test_every_protocol_is_proposed_with_source_target_and_timetable() -> None:
    found = THERAPY.propose(complete())
    assert {p.protocol for p in found} == {row.protocol for row in protocols()}
    for each in found:
        assert isinstance(each, Prescription)
        assert any(r.code == "not_outside_trial" for r in each.reasons)
        assert any(r.code == "charge_ceiling" for r in each.reasons)
        assert each.schedule.phases[1].name.startswith("implant operation")
        activation = next(p for p in each.schedule.phases if p.name.startswith("activation"))
        assert activation.start_day >= 30
        assert dict(each.details())["Charge at the ceiling"]


def test_the_forebrain_bundle_gets_no_coordinate() -> None:
    words = dict(rx("mfb_coenen_2019").details())
    assert "no coordinate" in words["Seed, left"]
    assert "-6.5 / +26.2 / -7.9" in dict(rx().details())["Seed, left"]


def test_bipolar_disorder_moves_the_ventral_capsule_down() -> None:
    order = [p.form for p in THERAPY.propose(complete(Finding("bipolar_disorder", True)))]
    assert order[-1] == "dbs_vcvs"
    plain = [p.form for p in THERAPY.propose(complete())]
    assert plain[-1] == "dbs_mfb"


def test_an_implanted_system_needs_no_second_operation() -> None:
    case = complete(Implant("deep_brain_stimulator", model="Medtronic SenSight B33005"))
    found = THERAPY.propose(case)[0]
    assert found.schedule.phases[0].start_day == 0
    assert found.schedule.phases[0].name.startswith("activation")
    assert found.lead == "medtronic_b33005"  # type: ignore[attr-defined]
    assert not any("implant operation" in p.name for p in found.schedule.phases)


def test_an_empty_case_gets_proposals_for_a_trial_only() -> None:
    found = THERAPY.propose(case_of())
    assert found and all(any(r.code == "not_outside_trial" for r in p.reasons) for p in found)


def test_simulate_shows_the_null_sham_controlled_trial_and_the_operation() -> None:
    case = case_of(*complete_facts())
    found = THERAPY.simulate(case, rx(), seed=7)
    assert found.burden.surgery and found.burden.anesthesia
    assert found.burden.days_to_end_of_acute_course == 37 + 23 * 7
    assert any(o.is_null for o in found.outcomes)
    assert {r.code for r in found.physics} >= {"charge_start", "charge_ceiling"}
    assert found == THERAPY.simulate(case, rx(), seed=7)
