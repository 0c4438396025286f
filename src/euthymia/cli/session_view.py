"""Two views of a running session: plain lines, and a screen that is drawn again as it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from euthymia.live.board import Board
    from euthymia.live.notices import Notice

_LAST_LINES = 12


class LinesView:
    """One plain line for everything that happens; the same run gives the same lines."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self.lines: list[str] = []

    def __enter__(self) -> LinesView:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def listen(self, notice: Notice) -> None:
        """Print one notice."""
        from euthymia.live.board import line_of

        line = line_of(notice)
        if not line:
            return
        self.lines.append(line)
        if not self._quiet:
            bold = notice.what in ("alert", "escalated", "flag")
            typer.secho(line, bold=bold)


class ScreenView:
    """A screen of panels, drawn twice a second by Rich and after everything that happens."""

    def __init__(self, board: Board, now_s: Callable[[], float]) -> None:
        from rich.live import Live

        self._board, self._now_s = board, now_s
        self.lines: list[str] = board.lines
        self._live = Live(get_renderable=self._screen, refresh_per_second=2, transient=False)

    def __enter__(self) -> ScreenView:
        self._live.__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        self._live.__exit__(*exc)

    def listen(self, notice: Notice) -> None:
        """Nothing to do at once: the screen is drawn by its own clock."""

    def _screen(self) -> RenderableType:
        return screen(self._board, self._now_s())


def screen(board: Board, now_s: float) -> RenderableType:
    """Return the whole screen at ``now_s``."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    from euthymia.live.board import band_lines, clock_words

    live = board.live
    if live is None:
        return Text("beginning …")
    what = live.identity
    head = f"{what.title}, session {what.number}, {clock_words(now_s)}{'  (simulated)' if what.simulated else ''}"
    parts: list[RenderableType] = [Text(head, style="bold")]
    alerts = [f"{a.level.upper()}  {a.code}: {a.statement}" for a in live.alerts.open]
    if alerts:
        parts.append(Panel(Text("\n".join(alerts)), title="Alerts: type `ack CODE`", border_style="bold red"))
    parts.append(Panel(_steps(board, now_s), title="To do"))
    gates = live.gates()
    words = "\n".join(f"closed  {gate}" for gate in gates) or "all open"
    parts.append(Panel(Text(words), title="Gates", border_style="yellow" if gates else "green"))
    if board.series:
        parts.append(Panel(_series(board), title="Readings"))
    band = band_lines(board.figure, now_s) if board.figure is not None else []
    if band:
        parts.append(Panel(Text("\n".join(band)), title="Predicted band"))
    parts.append(Panel(Text("\n".join(board.lines[-_LAST_LINES:])), title="Log"))
    return Group(*parts)


def _steps(board: Board, now_s: float) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from euthymia.live.board import clock_words

    table = Table.grid(padding=(0, 2))
    for task in board.steps():
        left_s = None if task.due_s is None else task.due_s - now_s
        when = "now" if left_s is None or -60 <= left_s <= 0 else f"in {clock_words(left_s)}"
        late = left_s is not None and left_s < -60
        if late:
            when = f"late {clock_words(-(left_s or 0.0))}"
        table.add_row(Text(when, style="bold red" if late else ""), task.kind.value, Text(task.text))
    return table if table.rows else Text("nothing is asked for")


def _series(board: Board) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from euthymia.live.board import sparkline

    table = Table.grid(padding=(0, 2))
    for series in list(board.series.values()):
        if len(series.points) > 1:
            values = [value for _, value in series.points]
            table.add_row(Text(series.name), Text(sparkline(values)), f"{series.last:g}")
    return table
