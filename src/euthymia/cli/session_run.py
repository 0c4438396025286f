"""Puts one run of a session together from what the command line was given."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from euthymia.cli.options import now as moment_now
from euthymia.core.errors import InvalidInput
from euthymia.live.board import Board
from euthymia.live.clock import Clock, RealClock, SteppedClock
from euthymia.live.closing import check_free, write_events
from euthymia.live.identity import SessionIdentity, identity_of
from euthymia.live.live_session import LiveSession
from euthymia.live.notices import Listener, Notice
from euthymia.live.record_file import Record, read_record
from euthymia.live.recorder import Recorder
from euthymia.live.resume import Replayed, begin, elapsed_s, resume
from euthymia.live.runner import Ended, Runner
from euthymia.live.script import parse_script, read_script
from euthymia.live.simulated_patient import SimulatedSource, patient_of
from euthymia.live.sources import Mailbox, Source
from euthymia.live.typed import HELP, Keyboard
from euthymia.live.vitals import VitalsFeed, planned_vitals, vitals_taken
from euthymia.therapies.simulation import Draws

if TYPE_CHECKING:
    from euthymia.case.model import Case
    from euthymia.therapies.contract import Prescription, Therapy

_WATCHED_SPEED = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for."""

    therapy: Therapy
    case: Case
    case_path: Path
    form: str | None
    protocol: str | None
    number: int | None
    simulate: bool
    seed: int
    speed: str | None
    script: Path | None
    vitals: str | None
    record: Path | None
    resume: Path | None
    by: str
    view: str | None
    output: Path | None
    as_json: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it."""

    live: LiveSession
    ended: Ended
    told: list[Notice]
    lines: list[str]
    record_words: str | None
    resume_words: str | None


def run_session(wanted: Wanted) -> Ran:
    """Run the session; what was asked for is checked before anything is written."""
    _check(wanted)
    record = read_record(wanted.resume) if wanted.resume is not None else None
    now = moment_now()
    case, rx, identity = _identity(wanted, record, now)
    number = identity.number
    clock = _clock(wanted, record, identity, now)
    session = wanted.therapy.session(case, rx, number)
    source = _simulated(wanted, case, rx, identity)
    figure = wanted.therapy.live_figure(case, rx, number=number) if isinstance(wanted.therapy, Draws) else None
    board = Board(figure)
    told: list[Notice] = []
    listeners: list[Listener] = [board.listen, told.append]
    replayed: list[Replayed] = []
    if source is not None:
        listeners.append(source.listen)
        replayed.append(source.replayed)
    path = wanted.resume or wanted.record or (None if wanted.simulate else _default_record(identity))
    if path is not None and record is None:
        check_free(path, "--record")
    recorder = None
    if path is not None:
        if record is None:
            recorder = Recorder.begin(path, identity, clock.moment())
        else:
            recorder = Recorder.go_on(path, record, clock.moment())
    view = _view(wanted, board, clock)
    try:
        if record is None:
            live = begin(session, identity, recorder, clock.moment, [*listeners, view.listen])
        else:
            live = resume(session, record, recorder, clock.moment, listeners, replayed)
            live.listen(view.listen)
            live.resumed(clock.now_s(), wanted.by or identity.by)
        board.live = live
        if record is not None:
            for task in board.steps():
                live.told(f"still to do: {task.code}: {task.text}")
            for gate in live.gates():
                live.told(f"still closed: {gate}")
        sources = _sources(wanted, live, source, record)
        with view:
            ended = Runner(live, clock, sources, closes_itself=identity.simulated).run()
    finally:
        if recorder is not None:
            recorder.close()
    if ended.events and wanted.output is not None:
        write_events(case, ended.events, wanted.output)
    words = None if path is None else str(path)
    return Ran(live, ended, told, view.lines, words, None if live.is_closed else _resume_words(wanted, path))


# --- what is run --------------------------------------------------------------------------------------------------


def _check(wanted: Wanted) -> None:
    if wanted.record is not None and wanted.resume is not None:
        raise InvalidInput("--record", str(wanted.record), "one of --record (a new session) and --resume (one begun)")
    if wanted.view not in (None, "screen", "lines"):
        raise InvalidInput("--view", wanted.view, "screen | lines")
    if not wanted.simulate and wanted.resume is None:
        if wanted.script is not None:
            raise InvalidInput("--script", str(wanted.script), "a simulated session", "Add --simulate.")
        if not wanted.by.strip():
            raise InvalidInput("--by", wanted.by, "the role or internal id of who runs the session")
    if wanted.output is not None:
        check_free(wanted.output, "--output")
    if wanted.vitals not in (None, "-") and (not Path(wanted.vitals).exists() or Path(wanted.vitals).is_dir()):
        raise InvalidInput("--vitals", wanted.vitals, "a file that can be read, or - for standard input")
    if wanted.number is not None and wanted.number < 1:
        raise InvalidInput("-n", wanted.number, "1 for the first session, 2 for the second …")


def _identity(
    wanted: Wanted, record: Record | None, now: datetime
) -> tuple[Case, Prescription, SessionIdentity]:  # fmt: skip
    """Return case, prescription and identity: of a new session, or the ones the record was begun with."""
    if record is None:
        case = wanted.case if wanted.simulate else wanted.case.at(max(now, wanted.case.as_of))
        rx = _prescription(wanted, case, wanted.form, wanted.protocol)
        text = read_script(wanted.script).text if wanted.script is not None else ""
        number = wanted.number or _next_number(case, rx)
        by = wanted.by or "simulated staff"
        made = identity_of(case, rx, number, simulated=wanted.simulate, seed=wanted.seed, by=by, script=text)
        return case, rx, made
    what = record.identity
    if what.therapy != wanted.therapy.name:
        raise InvalidInput("THERAPY", wanted.therapy.name, f"{what.therapy}, the therapy of the record")
    what.check_case(wanted.case)
    case = wanted.case.at(what.begins_at)
    rx = _prescription(wanted, case, what.form, what.protocol)
    what.check_prescription(rx)
    return case, rx, what


def _prescription(wanted: Wanted, case: Case, form: str | None, protocol: str | None) -> Prescription:
    name = wanted.therapy.name
    proposed = wanted.therapy.propose(case)
    if not proposed:
        hint = f"See why: euthymia screen CASE --therapy {name}."
        raise InvalidInput("THERAPY", name, "a therapy that proposes something for this case", hint)
    fitting = [p for p in proposed if form in (None, p.form) and protocol in (None, p.protocol)]
    if not fitting:
        known = " | ".join(dict.fromkeys(f"--form {p.form} --protocol {p.protocol}" for p in proposed))
        raise InvalidInput("--protocol" if protocol else "--form", protocol or form, known)
    return fitting[0]


def _next_number(case: Case, rx: Prescription) -> int:
    from euthymia.case.facts import SessionDelivered

    held = [e.fact for e in case.of(SessionDelivered) if (e.fact.therapy, e.fact.form) == (rx.therapy, rx.form)]
    return 1 + max((fact.number for fact in held if fact.status != "not_started"), default=0)


def _default_record(identity: SessionIdentity) -> Path:
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in identity.case_id)
    return Path(f"session-{safe}-{identity.therapy}-{identity.number}.jsonl")


# --- with what ----------------------------------------------------------------------------------------------------


def _clock(wanted: Wanted, record: Record | None, identity: SessionIdentity, now: datetime) -> Clock:
    if not identity.simulated:
        if wanted.speed is not None:
            raise InvalidInput("--speed", wanted.speed, "a simulated session; a real one runs at the speed of time")
        return RealClock(begun_s=0.0 if record is None else elapsed_s(record, now), wall=moment_now)
    begun_s = 0.0 if record is None else record.last.at_s
    speed = _speed(wanted)
    if speed == float("inf"):
        return SteppedClock(identity.begins_at, begun_s)
    started = identity.begins_at
    clock = RealClock(speed, begun_s, wall=lambda: started + timedelta(seconds=clock.now_s()))
    return clock


def _speed(wanted: Wanted) -> float:
    if wanted.speed is None:
        return _WATCHED_SPEED if sys.stdout.isatty() and not wanted.as_json else float("inf")
    try:
        speed = float(wanted.speed)
    except ValueError:
        speed = 0.0
    if not speed > 0:
        raise InvalidInput("--speed", wanted.speed, "more than 0, e.g. 60, or inf to run without waiting")
    return speed


def _simulated(wanted: Wanted, case: Case, rx: Prescription, identity: SessionIdentity) -> SimulatedSource | None:
    if not identity.simulated:
        return None
    patient = patient_of(wanted.therapy, case, rx, identity.seed, number=identity.number)
    return SimulatedSource(patient, parse_script(identity.script, "script") if identity.script else None)


def _sources(
    wanted: Wanted, live: LiveSession, simulated: SimulatedSource | None, record: Record | None
) -> list[Source]:  # fmt: skip
    taken = vitals_taken(record.lines) if record is not None else []
    if simulated is not None:
        if wanted.vitals is None:
            return [simulated]
        planned = planned_vitals(Path(wanted.vitals))
        planned.skip(len(taken))
        return [simulated, planned]
    mailbox = Mailbox()
    keyboard = Keyboard(mailbox, wanted.by or live.identity.by, lambda: live.told(_help(live)))
    if wanted.vitals == "-":
        VitalsFeed(mailbox).read(sys.stdin)
        return [mailbox]
    if wanted.vitals is not None:
        VitalsFeed(mailbox, taken).follow(Path(wanted.vitals))
    keyboard.read(sys.stdin)
    return [mailbox]


def _help(live: LiveSession) -> str:
    return f"{HELP}\nkinds: {' '.join(live.kinds)}"


def _view(wanted: Wanted, board: Board, clock: Clock) -> Any:
    from euthymia.cli.session_view import LinesView, ScreenView

    default = "screen" if wanted.simulate and sys.stdout.isatty() and not wanted.as_json else "lines"
    if (wanted.view or default) == "screen" and not wanted.as_json:
        return ScreenView(board, clock.now_s)
    return LinesView(quiet=wanted.as_json)


def _resume_words(wanted: Wanted, path: Path | None) -> str | None:
    if path is None:
        return None
    simulate = ["--simulate"] if wanted.simulate else []
    words = ["euthymia", "session", wanted.therapy.name, str(wanted.case_path), "--resume", str(path), *simulate]
    return shlex.join(words)
