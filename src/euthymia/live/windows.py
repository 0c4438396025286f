"""What is due when: readings asked for, their windows, and a flag for one outside its window or not taken at all."""

from __future__ import annotations

from dataclasses import dataclass, field

from euthymia.therapies.contract import Action, ActionKind

_MIN_S = 60.0


@dataclass(slots=True)
class Task:
    """One reading or step that was asked for."""

    kind: ActionKind
    code: str
    text: str
    due_s: float | None
    window_s: float | None  # None: the therapy names no window; it is due from then on
    flagged: bool = False

    @property
    def closes_s(self) -> float | None:
        """When its window closes, or None."""
        return None if self.due_s is None or self.window_s is None else self.due_s + self.window_s

    def holds(self, at_s: float) -> bool:
        """Whether a reading at ``at_s`` is inside the window."""
        if self.due_s is None:
            return True
        if self.window_s is None:
            return at_s >= self.due_s
        return abs(at_s - self.due_s) <= self.window_s


@dataclass(frozen=True, slots=True)
class Flag:
    """A reading that is late, early for its window, or missing."""

    code: str
    statement: str
    at_s: float


@dataclass(slots=True)
class DueList:
    """Everything asked for and not done yet; instructions without a reading of their own (WAIT, DO) are kept too."""

    tasks: list[Task] = field(default_factory=list)

    def note(self, action: Action, at_s: float, kinds: tuple[str, ...]) -> Task | None:
        """Add what an action asks for; a step asked for again without a time is not added twice."""
        if action.kind not in (ActionKind.MEASURE, ActionKind.DO, ActionKind.WAIT):
            return None
        if action.kind is ActionKind.WAIT and (action.due_s is None or action.due_s <= at_s):
            return None  # a gate in words; the gates are shown by themselves
        if action.kind is ActionKind.DO and action.code not in kinds:
            return None  # nothing can be fed that would settle it
        if any((t.code, t.due_s) == (action.code, action.due_s) for t in self.tasks):
            return None
        window_s = None
        if action.kind is ActionKind.MEASURE and action.due_s is not None and action.due_s > at_s:
            window_s = action.window_s
        task = Task(action.kind, action.code, action.text, action.due_s, window_s)
        self.tasks.append(task)
        return task

    def took(self, kind: str, at_s: float) -> list[Flag]:
        """Settle what an observation of ``kind`` at ``at_s`` answers; flag what was late and what is missing."""
        asked = sorted((t for t in self.tasks if t.code == kind), key=lambda t: t.due_s or 0.0)
        if not asked:
            return []
        inside = [t for t in asked if t.holds(at_s)]
        over = [t for t in asked if t.closes_s is not None and t.closes_s < at_s]
        flags = []
        if inside:
            now = min(inside, key=lambda t: abs((t.due_s or 0.0) - at_s) if t.window_s is not None else 0.0)
            gone = [t for t in asked if t is now or t in over or (t.window_s is None and t in inside)]
            flags += [self._missed(t, at_s) for t in over]
        elif over:
            now, gone = over[-1], over
            flags += [self._missed(t, at_s) for t in over[:-1]]
            flags.append(Flag(kind, _late_words(now, at_s), at_s))
        else:
            return []  # before the first window: an extra reading
        self.tasks = [t for t in self.tasks if t not in gone]
        return flags

    def overdue(self, at_s: float) -> list[Flag]:
        """Flag, once each, the readings whose window has closed without one."""
        late = [t for t in self.tasks if t.closes_s is not None and t.closes_s <= at_s and not t.flagged]
        for task in late:
            task.flagged = True
        return [Flag(t.code, f"{_name(t)} is overdue: {t.text}", at_s) for t in late]

    def waits_over(self, at_s: float) -> None:
        """Drop the waiting times that are over."""
        self.tasks = [
            t for t in self.tasks if t.kind is not ActionKind.WAIT or t.due_s is None or t.due_s > at_s
        ]  # fmt: skip

    def next_s(self, after_s: float) -> float | None:
        """The next due time or closing window after ``after_s``, or None."""
        moments = [t.due_s for t in self.tasks if t.due_s is not None and t.due_s > after_s]
        moments += [t.closes_s for t in self.tasks if t.closes_s is not None and t.closes_s > after_s and not t.flagged]
        return min(moments, default=None)

    @staticmethod
    def _missed(task: Task, at_s: float) -> Flag:
        return Flag(task.code, f"{_name(task)} was not taken inside its window ({_window_words(task)})", at_s)


def _name(task: Task) -> str:
    due = "" if task.due_s is None else f" due at {task.due_s / _MIN_S:g} min"
    return f"{task.code.replace('_', ' ')}{due}"


def _window_words(task: Task) -> str:
    due_s, window_s = task.due_s or 0.0, task.window_s or 0.0
    return f"{(due_s - window_s) / _MIN_S:g} to {(due_s + window_s) / _MIN_S:g} min"


def _late_words(task: Task, at_s: float) -> str:
    return f"{_name(task)} came at {at_s / _MIN_S:g} min, outside its window ({_window_words(task)})"
