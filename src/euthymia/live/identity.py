"""Which session a record belongs to: the case, the prescription, the session number and the program that wrote it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from euthymia.case.codec import moment
from euthymia.case.events import plain
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.live.record_line import KEY, VERSION
from euthymia.therapies.contract import Prescription


@dataclass(frozen=True, slots=True)
class SessionIdentity:
    """The header of a record.

    ``case_as_of`` is the moment at which the session begins for its events; ``script`` is the text of the script that a
    simulated session follows.
    """

    case_id: str
    case_hash: str
    case_as_of: str
    synthetic: bool
    therapy: str
    form: str
    protocol: str
    title: str
    prescription: Mapping[str, str]
    number: int
    simulated: bool
    seed: int
    software: str
    by: str = ""
    script: str = ""

    @property
    def begins_at(self) -> datetime:
        """The moment at which the session begins."""
        return moment(self.case_as_of, "case_as_of")

    def as_data(self) -> dict[str, Any]:
        """Return the header's content."""
        return {KEY: VERSION, **{f.name: getattr(self, f.name) for f in fields(self)}}

    def check_case(self, case: Case) -> None:
        """Raise :class:`InvalidInput` unless ``case`` is the one that the session was begun with."""
        if case.case_id != self.case_id:
            raise InvalidInput("CASE", case.case_id, f"the case of the record, {self.case_id}")
        if case_hash(case) != self.case_hash:
            hint = "The case was changed after the session began: resume with the file it was begun with."
            raise InvalidInput("CASE", f"other facts of {case.case_id}", "the facts that the record began with", hint)

    def check_prescription(self, prescription: Prescription) -> None:
        """Raise :class:`InvalidInput` unless ``prescription`` says what the record says."""
        now = dict(prescription.details())
        for label in dict.fromkeys([*self.prescription, *now]):
            if now.get(label) != self.prescription.get(label):
                hint = "The program or its tables have changed: close the session on paper and begin a new record."
                given = f"{label}: {now.get(label, 'absent')}"
                raise InvalidInput("prescription", given, f"{self.prescription.get(label, 'absent')}", hint)


def identity_of(
    case: Case, prescription: Prescription, number: int, *, simulated: bool = False, seed: int = 0, by: str = "",
    script: str = "",
) -> SessionIdentity:  # fmt: skip
    """Return the identity of session ``number`` of ``prescription`` for ``case``, beginning at the case's ``as_of``."""
    from euthymia import __version__

    return SessionIdentity(
        case.case_id, case_hash(case), plain(case.as_of), case.synthetic, prescription.therapy, prescription.form,
        prescription.protocol, prescription.title, dict(prescription.details()), number, simulated, seed,
        f"euthymia {__version__}", by, script,
    )  # fmt: skip


def identity_from(data: Mapping[str, Any], where: str) -> SessionIdentity:
    """Return the identity in a header's content; raise :class:`InvalidInput` when it is none."""
    version = data.get(KEY)
    if version != VERSION or isinstance(version, bool):
        raise InvalidInput(f"{where}.{KEY}", version, str(VERSION), "This is no session record of this version.")
    names = {f.name for f in fields(SessionIdentity)}
    given = set(data) - {KEY}
    if given != names:
        wrong = ", ".join(sorted(given ^ names))
        raise InvalidInput(where, wrong, f"a header with {', '.join(sorted(names))}")
    return SessionIdentity(**{name: data[name] for name in names})


def case_hash(case: Case) -> str:
    """Return a hash of what the case holds, whenever and by whatever program it was read."""
    facts = [[e.kind, plain(e.happened_at), plain(e.fact), e.supersedes, e.retracts] for e in case.log]
    text = json.dumps([case.case_id, sorted(json.dumps(f, sort_keys=True) for f in facts)])
    return hashlib.sha256(text.encode()).hexdigest()
