"""The payer letter as Markdown."""

from __future__ import annotations

from euthymia.therapies.tms.letter import Letter
from euthymia.therapies.tms.payers import PayerFinding

STATES = (("met", "Met"), ("not met", "Not met"), ("not known", "Not known"))
SIGNATURE = "Treating physician: ____________________   Date: ____________   Signature: ____________________"
DUTY = (
    "Drafted from the record by Euthymia. It claims only what the record holds; a physician checks it against the "
    "payer's current text, completes it and signs it."
)


def letter_markdown(letter: Letter) -> str:
    """Return the letter as Markdown."""
    parts = [f"# {_safe(letter.title)}", ""]
    if letter.synthetic:
        parts += ["**SYNTHETIC CASE. Not for care.**", ""]
    parts += [f"Case {_safe(letter.case_id)}, {letter.day}. {DUTY}", "", f"Policy: {_safe(policy_words(letter))}", ""]
    parts += ["## What the record holds", "", *_pairs(letter.facts), "", "## Treatments tried", ""]
    parts += [f"- {_safe(line)}" for line in letter.trials] or ["- none recorded"]
    parts += ["", "## Treatment asked for", "", *_pairs(letter.course), ""]
    for state, head in STATES:
        found = letter.in_state(state)
        parts += [f"## {head} ({len(found)})", ""]
        parts += [f"- {_safe(finding_words(f))}" for f in found] or ["- none"]
        parts.append("")
    if letter.to_supply:
        parts += ["## To supply before sending", "", *(f"- {_safe(words)}" for words in letter.to_supply), ""]
    if letter.cautions:
        parts += ["## Cautions of the safety screen", "", *(f"- {_safe(words)}" for words in letter.cautions), ""]
    parts += ["## Sources of the criteria", "", *(f"- {_safe(str(s))}" for s in letter.sources), "", SIGNATURE, ""]
    return "\n".join(parts)


def policy_words(letter: Letter) -> str:
    """Name the policy, its version and date, and how far it was read."""
    row = letter.payer
    since = f", effective {row.effective_on.isoformat()}" if row.effective_on else ", effective date not read"
    note = f" {row.note.rstrip('.')}." if row.note else ""
    return f"{row.payer}: {row.version}{since} (as of {row.as_of.isoformat()}, {row.verification.value}).{note}"


def finding_words(finding: PayerFinding) -> str:
    """Say one criterion with its evidence."""
    words = f"{finding.statement[0].upper()}{finding.statement[1:]}"
    return f"{words}: {finding.evidence}." if finding.evidence else f"{words}."


def _pairs(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"- {label}: {_safe(value)}" for label, value in pairs]


def _safe(words: str) -> str:
    """Keep one line and take the meaning out of Markdown and HTML signs."""
    line = " ".join(words.split())
    for sign in ("\\", "`", "*", "_", "[", "]", "<", ">", "#", "|"):
        line = line.replace(sign, f"\\{sign}")
    return line
