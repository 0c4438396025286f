"""The TMS payer letter as one self-contained HTML page that prints on two sheets."""

from __future__ import annotations

from euthymia.report.wording import VERIFICATION_MARKS
from euthymia.therapies.tms.letter import Letter
from euthymia.therapies.tms.letter_text import DUTY, SIGNATURE, STATES, finding_words, policy_words

_CHIPS = {"met": "met-yes", "not met": "met-no", "not known": "met-unknown"}


def letter_html(letter: Letter) -> str:
    """Return the letter as HTML; it says what :func:`letter_markdown` says."""
    from euthymia.report.page import environment

    context = {
        "letter": letter,
        "duty": DUTY,
        "policy": policy_words(letter),
        "groups": [(head, _CHIPS[state], [finding_words(f) for f in letter.in_state(state)]) for state, head in STATES],
        "sources": [(s.text, s.url, *VERIFICATION_MARKS[s.verification]) for s in letter.sources],
        "signature": SIGNATURE,
    }
    return environment().get_template("letter.html.j2").render(context)
