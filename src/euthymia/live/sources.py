"""Where inputs come from: a simulated patient, a script, a person at the keyboard, a monitor; one small protocol."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol, final

from euthymia.live.inputs import Input


class Source(Protocol):
    """A source of inputs. It sets the ``wake`` it is given when something arrives by itself."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""

    def attach(self, wake: threading.Event) -> None:
        """Remember what to set when something arrives."""

    def until(self, at_s: float, now_s: float) -> list[Input]:
        """Give, once, what has arrived by now or is planned up to ``at_s``, oldest first."""

    def close(self) -> None:
        """Stop listening."""


@final
class Listed:
    """Inputs that are known beforehand, e.g. a file of observations that is complete."""

    def __init__(self, inputs: Iterable[Input]) -> None:
        self._left = deque(sorted(inputs, key=lambda item: item.at_s))

    @property
    def is_over(self) -> bool:
        """Whether all were given."""
        return not self._left

    def attach(self, wake: threading.Event) -> None:
        """Nothing arrives by itself."""

    def until(self, at_s: float, now_s: float) -> list[Input]:
        """Give what is listed up to ``at_s``."""
        found = []
        while self._left and self._left[0].at_s <= at_s:
            found.append(self._left.popleft())
        return found

    def skip(self, count: int) -> None:
        """Leave out the first ``count``: a resumed session has had them."""
        for _ in range(min(count, len(self._left))):
            self._left.popleft()

    def close(self) -> None:
        """Nothing to stop."""


@final
class Mailbox:
    """Inputs that arrive while the session runs, put here by another thread; stamped with the session's time."""

    def __init__(self) -> None:
        self._items: deque[Callable[[float], Input]] = deque()
        self._wake = threading.Event()
        self._over = False

    @property
    def is_over(self) -> bool:
        """Whether the sender has ended and everything was taken."""
        return self._over and not self._items

    def attach(self, wake: threading.Event) -> None:
        """Set ``wake`` for every arrival, and at once when something waits already."""
        self._wake = wake
        if self._items or self._over:
            wake.set()

    def put(self, make: Callable[[float], Input]) -> None:
        """Add one input, made from the session's time at which it is taken out."""
        self._items.append(make)
        self._wake.set()

    def end(self) -> None:
        """Say that nothing more will come."""
        self._over = True
        self._wake.set()

    def until(self, at_s: float, now_s: float) -> list[Input]:
        """Give what has arrived."""
        found = []
        while self._items:
            found.append(self._items.popleft()(now_s))
        return found

    def close(self) -> None:
        """Nothing to stop: the sender's thread is a daemon."""
