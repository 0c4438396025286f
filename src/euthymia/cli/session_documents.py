"""What ``euthymia session --json`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from euthymia.plan.document_model import Document

if TYPE_CHECKING:
    from euthymia.live.live_session import LiveSession
    from euthymia.live.notices import Notice
    from euthymia.live.runner import Ended


class AlertDoc(Document):
    """One alert of a session and who took it on."""

    code: str
    level: str
    statement: str
    raised_at_s: float
    acknowledged_by: str
    acknowledged_at_s: float | None
    escalated_at_s: float | None


class SessionDocument(Document):
    """``euthymia session --json``."""

    document: Literal["euthymia/session"] = "euthymia/session"
    schema_version: Literal["1.0"] = "1.0"
    case_id: str
    synthetic: bool
    therapy: str
    form: str
    protocol: str
    title: str
    number: int
    simulated: bool
    seed: int
    ended: str
    closed: bool
    at_s: float
    status: str | None
    gates: list[str]
    alerts: list[AlertDoc]
    flags: list[str]
    refused: list[str]
    lines: list[str]
    events: list[dict[str, Any]]
    monitoring_form: dict[str, Any]
    missing: list[str]
    record: str | None
    resume: str | None


def session_document(
    live: LiveSession, ended: Ended, told: list[Notice], lines: list[str], record: str | None, resume: str | None
) -> SessionDocument:  # fmt: skip
    """Return one run of a session as a document."""
    from euthymia.case.events import event_to_dict, plain
    from euthymia.live.closing import delivered, form_fields, missing_fields

    what = live.identity
    fact = delivered(ended.events)
    return SessionDocument(
        case_id=what.case_id, synthetic=what.synthetic, therapy=what.therapy, form=what.form, protocol=what.protocol,
        title=what.title, number=what.number, simulated=what.simulated, seed=what.seed, ended=ended.how,
        closed=live.is_closed, at_s=ended.at_s, status=fact.status if fact else None, gates=list(ended.gates),
        alerts=[
            AlertDoc(
                code=a.code, level=a.level, statement=a.statement, raised_at_s=a.raised_at_s,
                acknowledged_by=a.acknowledged_by, acknowledged_at_s=a.acknowledged_at_s,
                escalated_at_s=a.escalated_at_s,
            )
            for a in live.alerts.alerts
        ],
        flags=[n.text for n in told if n.what == "flag"],
        refused=[n.text for n in told if n.what in ("refused", "malformed")],
        lines=lines, events=[event_to_dict(e) for e in ended.events],
        monitoring_form=plain(form_fields(ended.events)), missing=missing_fields(ended.events), record=record,
        resume=resume,
    )  # fmt: skip
