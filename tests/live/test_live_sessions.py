"""One suite over the sessions of every registered therapy: simulated, recorded, closed; never before the gates."""

from __future__ import annotations

from pathlib import Path

import pytest

from euthymia.case.facts import SessionDelivered
from euthymia.core.errors import SafetyLimit
from euthymia.live.record_file import read_record
from euthymia.therapies.contract import OpenSession
from euthymia.therapies.registry import names, therapy
from euthymia.therapies.simulation import Simulates

from tests.live import live_runs
from tests.live.live_runs import live_case, simulate

BUILT_IN = (
    "tms", "ketamine", "dbs", "vns", "psychedelic", "neurofeedback", "precision", "ect", "pharmacotherapy",
)  # fmt: skip
FORMS = [
    (name, form)
    for name in BUILT_IN
    for form in dict.fromkeys(p.form for p in therapy(name).propose(live_case()))
    if name != "pharmacotherapy" or form in ("switch_sertraline", "augment_lithium")
]


def test_the_nine_therapies_are_here() -> None:
    assert set(BUILT_IN) <= set(names())
    assert {name for name, _ in FORMS} == set(BUILT_IN)


@pytest.mark.parametrize(("name", "form"), FORMS, ids=lambda value: str(value))
class TestEverySession:
    """What the runner does with each."""

    def test_it_runs_to_its_end_and_the_record_holds_it(self, name: str, form: str, tmp_path: Path) -> None:
        run = simulate(name, form, path=tmp_path / "r.jsonl")
        assert run.ended.how == "closed", run.ended.gates
        assert run.texts("refused") == [] and run.texts("flag") == []
        (fact,) = [e.fact for e in run.ended.events if isinstance(e.fact, SessionDelivered)]
        assert (fact.therapy, fact.form, fact.number, fact.status) == (name, form, 1, "completed")
        record = read_record(tmp_path / "r.jsonl")
        assert record.is_closed and record.last.data["events"] == live_runs.as_data(run.ended.events)
        fed = [line.data["kind"] for line in record.lines if line.type == "observation"]
        assert fed == [entry["observed"] for entry in fact.log if "observed" in entry]

    def test_the_same_seed_gives_the_same_session(self, name: str, form: str) -> None:
        first, again = (simulate(name, form) for _ in range(2))
        assert live_runs.as_data(first.ended.events) == live_runs.as_data(again.ended.events)

    def test_it_tells_its_gates_without_changing(self, name: str, form: str) -> None:
        case = live_case()
        session = therapy(name).session(case, live_runs.chosen(name, form), 1)
        assert isinstance(session, OpenSession) and isinstance(therapy(name), Simulates)
        assert session.kinds() and session.closed_gates() == ()
        session.start()
        gates = session.closed_gates()
        assert gates == session.closed_gates()
        if gates:
            with pytest.raises(SafetyLimit) as refused:
                session.finish()
            assert all(gate in str(refused.value) for gate in gates)

    def test_cut_off_anywhere_it_never_closes_before_its_gates(self, name: str, form: str, tmp_path: Path) -> None:
        """Whenever the gates are closed, closing is refused and leaves the session as it was."""
        case, tried = live_case(), 0
        whole = simulate(name, form, path=tmp_path / "w.jsonl")
        observed = [line for line in read_record(tmp_path / "w.jsonl").lines if line.type == "observation"]
        session = therapy(name).session(case, live_runs.chosen(name, form), 1)
        session.start()
        assert isinstance(session, OpenSession)
        for line in observed:
            if session.closed_gates():
                tried += 1
                with pytest.raises(SafetyLimit, match="finish"):
                    session.finish()
            session.feed(live_runs.seen(line))
        assert tried or name == "precision" or form.startswith("ketamine"), "no gate was ever closed"
        assert whole.ended.how == "closed"
