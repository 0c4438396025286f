"""Ctrl-C ends a run only while it waits: never between a line that is written and what follows from it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, final


@final
class InterruptGuard:
    """Holds Ctrl-C back while something is being done; use it as a context manager around the run.

    Outside the main thread it does nothing: Python gives signals to the main thread only.
    """

    def __init__(self) -> None:
        self._asked, self._waiting = False, False
        self._before: Any = None
        self._installed = False

    def __enter__(self) -> InterruptGuard:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._on_signal)
            self._installed = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:  # fmt: skip
        if self._installed:
            signal.signal(signal.SIGINT, self._before)
            self._installed = False

    def check(self) -> None:
        """Raise ``KeyboardInterrupt`` when somebody has pressed Ctrl-C."""
        if self._asked:
            raise KeyboardInterrupt

    def wait(self, waiting: Callable[[], None]) -> None:
        """Wait; a Ctrl-C that came before or comes now raises ``KeyboardInterrupt`` here and nowhere else."""
        self._waiting = True
        try:
            self.check()
            waiting()
        finally:
            self._waiting = False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        if self._waiting:
            self._waiting = False
            raise KeyboardInterrupt
