"""Settings of one side: which contacts carry the current, as cathode or anode, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.case import checks
from euthymia.core.errors import InvalidInput

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")


@dataclass(frozen=True, slots=True)
class ContactShare:
    """One active contact and its share of the side's current (percent)."""

    contact: str
    share_pct: float = 100.0

    def __post_init__(self) -> None:
        checks.text("contact", self.contact)
        checks.number("share_pct", self.share_pct, 0.1, 100)


@dataclass(frozen=True, slots=True)
class SideSetting:
    """Amplitude of one side and its contacts; without anodes the case is the anode (monopolar).

    Parameters
    ----------
    side
        ``left`` or ``right``.
    amplitude
        In mA (current control) or V (voltage control), as the prescription says.
    cathodes, anodes
        Active contacts with their shares of the current; each group adds up to 100 %.
    """

    side: Side
    amplitude: float
    cathodes: tuple[ContactShare, ...]
    anodes: tuple[ContactShare, ...] = ()

    def __post_init__(self) -> None:
        checks.one_of("side", self.side, SIDES)
        checks.number("amplitude", self.amplitude, 0, 1e6)
        if not self.cathodes:
            raise InvalidInput("cathodes", self.cathodes, "at least one contact")
        names = [share.contact for share in (*self.cathodes, *self.anodes)]
        if len(set(names)) < len(names):
            raise InvalidInput("contacts", names, "each contact once: as cathode or as anode")
        for group, shares in (("cathodes", self.cathodes), ("anodes", self.anodes)):
            total = sum(share.share_pct for share in shares)
            if shares and abs(total - 100.0) > 1e-6:
                raise InvalidInput(f"{group} share_pct", total, "shares that add up to 100 %")

    @property
    def contacts(self) -> tuple[str, ...]:
        """Every active contact."""
        return tuple(share.contact for share in (*self.cathodes, *self.anodes))

    @property
    def words(self) -> str:
        """Contacts in words: ``contact 1 against case``."""
        minus = " + ".join(_share(s) for s in self.cathodes)
        plus = " + ".join(_share(s) for s in self.anodes) or "case"
        return f"contact {minus} (cathode) against {plus}"


def _share(share: ContactShare) -> str:
    return share.contact if share.share_pct == 100.0 else f"{share.contact} ({share.share_pct:g} %)"
