"""Clocks and the runner's loop: due times fire at their moment, nothing waits longer than it must."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.live.clock import RealClock, SteppedClock
from euthymia.live.identity import identity_of
from euthymia.live.inputs import Leave, Reading
from euthymia.live.interrupts import InterruptGuard
from euthymia.live.resume import begin
from euthymia.live.runner import Ended, Runner
from euthymia.live.settings import setting
from euthymia.live.sources import Listed, Mailbox
from euthymia.therapies.contract import Observation
from euthymia.therapies.registry import therapy

from tests.live.live_runs import chosen, live_case, simulate

START = datetime(2026, 11, 20, 9, tzinfo=UTC)


class Ticker:
    """A monotonic clock that a test moves, and the waits that were asked for."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Watched(threading.Event):
    """An event that moves a ticker instead of waiting."""

    def __init__(self, ticker: Ticker) -> None:
        super().__init__()
        self.ticker, self.waits = ticker, []  # type: tuple[Ticker, list[float]]

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        self.ticker.now += timeout or 0.0
        return False


def test_a_stepped_clock_goes_where_it_is_sent_and_never_back() -> None:
    clock, wake = SteppedClock(START), threading.Event()
    clock.wait_until(90.0, wake)
    clock.wait_until(30.0, wake)
    assert clock.now_s() == 90.0 and clock.moment() == START + timedelta(seconds=90)
    with pytest.raises(InvalidInput, match="time zone"):
        SteppedClock(datetime(2026, 1, 1))


@pytest.mark.parametrize(("speed", "waits"), [(1.0, 120.0), (60.0, 2.0)])
def test_a_real_clock_sleeps_once_for_as_long_as_it_takes(speed: float, waits: float) -> None:
    ticker = Ticker()
    clock, wake = RealClock(speed, begun_s=60.0, monotonic=ticker, wall=lambda: START), Watched(ticker)
    assert clock.now_s() == 60.0 and clock.moment() == START
    clock.wait_until(180.0, wake)
    clock.wait_until(100.0, wake)  # over already
    assert wake.waits == [pytest.approx(waits)] and clock.now_s() == pytest.approx(180.0)


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan"), True])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(InvalidInput, match="speed"):
        RealClock(speed)


def run_listed(*inputs: Reading | Leave, closes_itself: bool = False) -> tuple[Ended, list[str]]:
    case, rx = live_case(), chosen("ketamine", "esketamine_nasal")
    clock = SteppedClock(case.as_of)
    told: list[str] = []
    session = therapy("ketamine").session(case, rx, 1)
    live = begin(
        session, identity_of(case, rx, 1), None, clock.moment, [lambda n: told.append(f"{n.at_s:g} {n.what} {n.text}")]
    )
    return Runner(live, clock, [Listed(inputs)], closes_itself=closes_itself).run(), told


def reading(at_s: float, kind: str, **values: object) -> Reading:
    return Reading(Observation(kind, at_s, values), "N1")


def test_inputs_are_taken_in_order_of_time_whatever_their_order_in_the_list() -> None:
    ended, told = run_listed(
        reading(90, "sedation", moaas=5), reading(30, "oxygen_saturation", spo2_pct=98), Leave(100, "break")
    )
    assert [line for line in told if " took " in line] == ["30 took oxygen_saturation", "90 took sedation"]
    assert (ended.how, ended.at_s) == ("break", 100)


def test_when_nobody_is_there_any_more_the_session_is_left_to_be_resumed() -> None:
    ended, _ = run_listed(reading(30, "oxygen_saturation", spo2_pct=98))
    assert ended.how == "sources_over" and ended.events == ()


def test_finish_is_refused_while_a_gate_is_closed_and_the_run_goes_on() -> None:
    no = {"wish_to_be_dead": True, "nonspecific_thoughts": True, "thoughts_with_method": True,
          "intent_without_plan": True, "intent_with_plan": True, "behavior_lifetime": True,
          "behavior_past_3_months": True}  # fmt: skip
    ended, told = run_listed(reading(30, "suicide_screen", **no), Leave(40, "finish"), Leave(50, "break"))
    assert any("told refused for safety" in line and "disposition" in line for line in told)
    assert ended.how == "break" and any("cssrs" in gate for gate in ended.gates)


def test_the_session_is_told_the_time_at_every_due_time_and_every_five_minutes() -> None:
    run = simulate("ketamine", "esketamine_nasal")
    ticks = [n.at_s for n in run.told if n.what == "took" and n.text == "clock"]
    assert 605.0 + 2400.0 in ticks  # the 40-minute check
    gaps = [b - a for a, b in pairwise(ticks)]
    assert max(gaps) <= setting("clock_every") and len(ticks) == len(set(ticks))


def test_ctrl_c_leaves_a_line_in_the_record() -> None:
    class Interrupting(SteppedClock.__mro__[1]):  # type: ignore[misc]
        """A clock at which somebody presses Ctrl-C."""

        def now_s(self) -> float:
            return 5.0

        def moment(self) -> datetime:
            return START

        def wait_until(self, at_s: float, wake: threading.Event) -> None:
            raise KeyboardInterrupt

    case, rx = live_case(), chosen("vns")
    told: list[str] = []
    live = begin(
        therapy("vns").session(case, rx, 1), identity_of(case, rx, 1), None, lambda: START,
        [lambda n: told.append(f"{n.what} {n.text}")],
    )  # fmt: skip
    ended = Runner(live, Interrupting(), [Mailbox()]).run()
    assert ended.how == "interrupted" and told[-1] == "left interrupted" and ended.gates


def test_ctrl_c_is_held_back_while_something_is_done() -> None:
    done: list[str] = []
    before = signal.getsignal(signal.SIGINT)
    with InterruptGuard() as guard:
        signal.raise_signal(signal.SIGINT)
        done.append("after the signal")  # a line that is being written is written to its end
        with pytest.raises(KeyboardInterrupt):
            guard.wait(lambda: done.append("waited"))
        signal.raise_signal(signal.SIGINT)  # once more, while the run is being left
        done.append("left")
    assert done == ["after the signal", "left"] and signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_while_waiting_ends_the_wait() -> None:
    with InterruptGuard() as guard, pytest.raises(KeyboardInterrupt):
        guard.wait(lambda: signal.raise_signal(signal.SIGINT))
