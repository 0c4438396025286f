"""Protocols with their verdicts and pulse figures, as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from euthymia import __version__
from euthymia.core.source import Source
from euthymia.report.citations import Citations, CitedReason
from euthymia.report.figures.pulse_train import PulseTrainFigure, pulse_train_figure
from euthymia.report.figures.svg import NARROW, WIDE
from euthymia.report.genome_document import source_doc
from euthymia.therapies.tms.prescription import TmsPrescription
from euthymia.therapies.tms.protocol_verdict import ProtocolVerdict, SiteVerdict
from euthymia.therapies.tms.pulse_times import FloatArray, pulse_times_s, trains_of

Drawings = tuple[tuple[str, str], ...]

VERDICT_WORDS = {
    "inside": "inside the table",
    "over_warning_line": "over the warning line",
    "outside": "outside the table",
    "cleared_by_device": "cleared by device",
    "no_data": "no data",
}
_CHIPS = {
    "inside": "met-yes", "cleared_by_device": "met-yes", "over_warning_line": "met-unknown", "no_data": "met-unknown",
    "outside": "met-no",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimingView:
    """One protocol as the page shows it."""

    anchor: str
    title: str
    verdict: str
    chip: str
    statement: str
    supervision_class: int
    sites: tuple[tuple[str, tuple[tuple[str, str], ...], tuple[tuple[str, str, CitedReason], ...]], ...]
    disagreements: tuple[str, ...]
    unverified: tuple[str, ...]
    policies: tuple[CitedReason, ...]


def timing_html(judged: Sequence[tuple[ProtocolVerdict, tuple[FloatArray, ...]]], *, day: str) -> str:
    """Return the page.

    Parameters
    ----------
    judged
        Verdicts, each with the pulse times (s) of its sites.
    day
        Date shown, ISO.
    """
    from euthymia.report.page import environment

    cited = Citations(source_doc(s) for s in _sources(verdict for verdict, _ in judged))
    context = {
        "protocols": [_view(verdict, times, cited, f"p{i}") for i, (verdict, times) in enumerate(judged)],
        "day": day,
        "version": __version__,
    }
    context["sources"] = cited.listing()
    return environment().get_template("timing.html.j2").render(context)


def _view(verdict: ProtocolVerdict, times: tuple[FloatArray, ...], cited: Citations, anchor: str) -> TimingView:
    sites = []
    for i, (site, own) in enumerate(zip(verdict.sites, times, strict=True)):
        figure = _figure(f"{verdict.title}, site {i + 1}", own)
        drawings = _drawings(figure, f"{anchor}-{i}")
        findings = tuple((f.table, VERDICT_WORDS[f.verdict.value], cited.reason(f.reason())) for f in site.findings)
        sites.append((_caption(site), drawings, findings))
    said = verdict.verdict.value
    return TimingView(
        anchor, verdict.title, VERDICT_WORDS[said], _CHIPS[said], verdict.statement,
        verdict.supervision_class, tuple(sites), verdict.disagreements, verdict.unverified,
        cited.reasons(verdict.policies),
    )  # fmt: skip


def pulse_figures(rx: TmsPrescription, key: str) -> tuple[tuple[str, Drawings], ...]:
    """Return one figure a site of a prescription: caption, and the drawings for a phone and a wide page."""
    found = []
    for i, site in enumerate(rx.stimulations):
        figure = _figure(f"{rx.title}, {site.place.title}", pulse_times_s(site.pattern))
        found.append((f"{site.place.title}: {site.pattern.words()}.", _drawings(figure, f"{key}-pulses-{i}")))
    return tuple(found)


def _drawings(figure: PulseTrainFigure, key: str) -> Drawings:
    layouts = (("narrow", NARROW), ("wide", WIDE))
    return tuple((name, pulse_train_figure(figure, width=width, key=f"{key}-{name}")) for name, width in layouts)


def _figure(title: str, times: FloatArray) -> PulseTrainFigure:
    trains = tuple((t.onset_s, t.train_duration_s) for t in trains_of(times))
    return PulseTrainFigure(title, tuple(float(t) for t in times), trains)


def _caption(site: SiteVerdict) -> str:
    seen = site.seen
    kind = "bursts" if seen.is_theta_burst else "pulses"
    side = f"{site.side.capitalize()}: " if site.side else ""
    gap = "" if seen.gap_s is None else f", {seen.gap_s:.4g} s pause"
    trains = "one train" if site.trains == 1 else f"{site.trains} trains"
    train = f"{seen.rate_hz:.3g} {kind} a second for {seen.train_duration_s:.4g} s{gap}"
    return f"{side}{site.pulses} pulses in {trains}; the strictest train has {train}."


def _sources(verdicts: Iterable[ProtocolVerdict]) -> tuple[Source, ...]:
    found: list[Source] = []
    for verdict in verdicts:
        found += [f.source for site in verdict.sites for f in site.findings]
        found += [s for reason in verdict.policies for s in reason.sources]
    return tuple(dict.fromkeys(found))
