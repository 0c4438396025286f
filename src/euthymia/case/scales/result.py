"""The score of one filled-in scale."""

from __future__ import annotations

from dataclasses import dataclass, field

from euthymia.case.scales.alerts import Alert
from euthymia.core.source import Source, Verification, weakest


@dataclass(frozen=True, slots=True)
class ScaleScore:
    """One scored form.

    Parameters
    ----------
    scale
        Name of the scale.
    total
        Points, or None when the missing-item rule forbids a total; the flags then say why.
    minimum, maximum
        Range of the total; None for a scale without one.
    band, band_set
        Severity band and the set it comes from; bands of different sets are not comparable.
    domains
        ``(domain, value)`` pairs: QIDS domains, FIBSER dimensions, percent of maximum of a factor. None where a
        domain could not be scored.
    flags
        What a reader must know: prorated, missing items, a band set that overlaps.
    alerts
        Safety alerts, most urgent first.
    items
        The answers as given, None where unanswered; empty when only a total was given.
    source, band_source
        Where the scoring rule and the band were read.
    """

    scale: str
    total: float | None
    minimum: int | None
    maximum: int | None
    band: str | None
    band_set: str | None
    domains: tuple[tuple[str, float | None], ...]
    flags: tuple[str, ...]
    alerts: tuple[Alert, ...]
    items: tuple[int | None, ...]
    source: Source
    band_source: Source | None = field(default=None)

    @property
    def verification(self) -> Verification:
        """The weaker state of the scoring rule and the band."""
        return weakest(tuple(s for s in (self.source, self.band_source) if s is not None))

    @property
    def is_prorated(self) -> bool:
        """Whether the total was raised from fewer items than the form has."""
        return any(flag.startswith("prorated") for flag in self.flags)

    def domain(self, name: str) -> float | None:
        """Return the value of one domain; KeyError when the scale has no such domain."""
        return dict(self.domains)[name]

    def __str__(self) -> str:
        points = "no total" if self.total is None else f"{self.total:g}"
        span = "" if self.maximum is None else f" (range {self.minimum}–{self.maximum})"
        band = "" if self.band is None else f", {self.band}"
        named = "" if self.band_set is None or self.band is None else f" [bands: {self.band_set}]"
        head = f"{self.scale}: {self.band}" if self.maximum is None else f"{self.scale}: {points}{span}{band}"
        lines = [head + named]
        if self.domains:
            lines.append("  " + "; ".join(f"{n} {'–' if v is None else f'{v:g}'}" for n, v in self.domains))
        lines += [f"  flag: {flag}" for flag in self.flags]
        lines += [f"  alert {alert}" for alert in self.alerts]
        lines.append(f"  source: {self.source}")
        if self.band_source is not None and self.band_source != self.source:
            lines.append(f"  bands: {self.band_source}")
        return "\n".join(lines)
