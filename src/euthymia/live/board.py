"""What a live view shows of a session as it runs: steps due, gates, series of readings, alerts, a predicted band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from euthymia.live.live_session import LiveSession
from euthymia.live.notices import Notice
from euthymia.live.windows import Task
from euthymia.therapies.contract import ActionKind
from euthymia.therapies.simulation import LiveFigure, ShowsReadings

_BARS = "▁▂▃▄▅▆▇█"
_KEPT = 200
_TOLD = {
    ActionKind.PAUSE: "PAUSE", ActionKind.RESUME: "may resume", ActionKind.STOP: "STOP", ActionKind.REFUSE: "refused",
    ActionKind.ALERT: "ALERT", ActionKind.RELEASE: "may leave",
}  # fmt: skip


@dataclass(slots=True)
class Series:
    """One reading over time."""

    kind: str
    name: str
    points: list[tuple[float, float]] = field(default_factory=list)

    @property
    def last(self) -> float:
        """The newest value."""
        return self.points[-1][1]


@dataclass(slots=True)
class Board:
    """A listener that remembers what a view needs.

    Parameters
    ----------
    live
        The session; None until :meth:`attach`.
    figure
        The therapy's predicted band, or None.
    """

    figure: LiveFigure | None = None
    live: LiveSession | None = None
    series: dict[tuple[str, str], Series] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def listen(self, notice: Notice) -> None:
        """Take account of one notice."""
        if notice.what == "took" and notice.reading is not None:
            seen = notice.reading.observation
            if self.figure is not None:
                self.figure.took(seen)
            for name, value in seen.values.items():
                self._add(seen.kind, name, seen.at_s, value)
        line = line_of(notice)
        if line:
            self.lines = [*self.lines, line][-_KEPT:]

    def steps(self) -> list[Task]:
        """What was asked for and is not done, the most urgent first."""
        tasks = list(self.live.due.tasks) if self.live is not None else []
        return sorted(tasks, key=lambda t: -1.0 if t.due_s is None else t.due_s)

    def _add(self, kind: str, name: str, at_s: float, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return
        self.series.setdefault((kind, name), Series(kind, name)).points.append((at_s, float(value)))


def clock_words(at_s: float) -> str:
    """``1:05:30`` for 3,930 s."""
    whole = int(at_s)
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def line_of(notice: Notice) -> str:
    """Return the notice as one plain line; empty for what is not worth one."""
    at = clock_words(notice.at_s)
    action = notice.action
    if action is not None:
        if action.kind is ActionKind.ALERT:
            return ""  # told as an alert
        due = "" if action.due_s is None or action.due_s <= notice.at_s else f" [due {clock_words(action.due_s)}]"
        if action.kind in (ActionKind.DO, ActionKind.MEASURE, ActionKind.WAIT):
            return "" if action.code == "open" else f"{at}  {action.kind.value:<8} {action.code}: {action.text}{due}"
        return f"{at}  {_TOLD.get(action.kind, 'note'):<8} {action.text}"
    if notice.what == "took" and notice.reading is not None:
        seen = notice.reading.observation
        values = ", ".join(f"{k}={_shown(v)}" for k, v in seen.values.items())
        return "" if seen.kind == "clock" else f"{at}  <        {seen.kind} {values} ({notice.reading.author})"
    words = {
        "refused": "refused", "flag": "FLAG", "alert": "ALERT", "acknowledged": "taken on", "escalated": "ESCALATE",
        "malformed": "unread", "left": "left", "resumed": "resumed", "told": "note", "closed": "closed",
    }.get(notice.what, "note")  # fmt: skip
    level = f"({notice.alert.level}) " if notice.what == "alert" and notice.alert is not None else ""
    code = f"{notice.alert.code}: " if notice.what == "alert" and notice.alert is not None else ""
    return f"{at}  {words:<8} {level}{code}{notice.text}"


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """Return the last ``width`` values as bars between their least and greatest."""
    kept = list(values)[-width:]
    if not kept:
        return ""
    low, high = min(kept), max(kept)
    if high == low:
        return _BARS[3] * len(kept)
    return "".join(_BARS[round((v - low) / (high - low) * (len(_BARS) - 1))] for v in kept)


def band_lines(figure: LiveFigure, now_s: float, width: int = 60) -> list[str]:
    """Return the predicted band as text: high, median and low on one scale, what was read on it, a mark for now.

    The scale begins at zero, or at the lowest value where that lies far from zero (a blood pressure).
    """
    rows = list(figure.rows())
    if not rows:
        return []
    picked = [rows[min(len(rows) - 1, i * len(rows) // width)] for i in range(min(width, len(rows)))]
    seen = list(figure.readings()) if isinstance(figure, ShowsReadings) else []
    top = max([*(row.high for row in rows), *(value for _, value in seen)])
    lowest = min([*(row.low for row in rows), *(value for _, value in seen)])
    floor = lowest if lowest > 0.5 * top else 0.0

    def bar(value: float) -> str:
        share = (value - floor) / (top - floor) if top > floor else 0.0
        return _BARS[round(min(1.0, max(0.0, share)) * (len(_BARS) - 1))]

    passed = sum(row.at_s <= now_s for row in picked)
    here = min(rows, key=lambda row: abs(row.at_s - now_s))
    read = [" "] * len(picked)
    for at_s, value in seen:
        place = min(range(len(picked)), key=lambda i: abs(picked[i].at_s - at_s))
        read[place] = bar(value)
    return [
        f"{figure.title} ({figure.unit}); now {here.median:.3g} ({here.low:.3g} to {here.high:.3g})",
        f"high   {''.join(bar(r.high) for r in picked)} {top:.3g}",
        f"median {''.join(bar(r.median) for r in picked)}",
        f"low    {''.join(bar(r.low) for r in picked)} {floor:.3g}",
        *([f"read   {''.join(read)} last {seen[-1][1]:.3g}"] if seen else []),
        f"       {' ' * max(0, passed - 1)}^ {clock_words(now_s)}",
        figure.note,
    ]


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
