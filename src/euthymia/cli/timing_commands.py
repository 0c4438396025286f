"""``euthymia tms timing``: verdicts on the pulse timing of the library, or of a protocol of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.options import AsJson, now

if TYPE_CHECKING:
    from euthymia.therapies.tms.pattern import PulsePattern
    from euthymia.therapies.tms.protocol_verdict import ProtocolVerdict
    from euthymia.therapies.tms.pulse_times import FloatArray

    Judged = tuple[ProtocolVerdict, tuple[FloatArray, ...]]


def timing(
    name: Annotated[str | None, typer.Argument(help="One protocol of the library; all when left out.")] = None,
    rate: Annotated[float | None, typer.Option("--rate", help="Own train: pulses per second.")] = None,
    on: Annotated[float | None, typer.Option("--on", help="Own train: its length, s.")] = None,
    off: Annotated[float | None, typer.Option("--off", help="Own train: pause to the next, s.")] = None,
    trains: Annotated[int, typer.Option("--trains", help="Own train: how many.")] = 1,
    times: Annotated[Path | None, typer.Option("--times", help="Own pulse times: one time in seconds a line.")] = None,
    intensity: Annotated[float | None, typer.Option("--intensity", help="% of the resting motor threshold.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="HTML file with the figures.")] = None,
    as_json: AsJson = False,
) -> None:
    """Judge pulse timing against each named safety table, and say where they disagree or are silent.

    Example: euthymia tms timing tms_10hz/standard
    """
    judged = _judged(name, rate, on, off, trains, times, intensity)
    if output is not None:
        from euthymia.report.tms_timing import timing_html
        from euthymia.report.write import write_files

        write_files({output.name: timing_html(judged, day=now().date().isoformat())}, output.parent)
    if as_json:
        typer.echo(_document(judged))
        return
    for verdict, _ in judged:
        _print(verdict, detailed=len(judged) == 1)
    if output is not None:
        typer.echo(f"wrote {output}")


def _judged(
    name: str | None, rate: float | None, on: float | None, off: float | None, trains: int, times: Path | None,
    intensity: float | None,
) -> list[Judged]:  # fmt: skip
    from euthymia.core.errors import InvalidInput
    from euthymia.therapies.tms.library import library, library_protocol
    from euthymia.therapies.tms.protocol_verdict import judge_pattern, judge_protocol, judge_times
    from euthymia.therapies.tms.pulse_times import pulse_times_s

    ways = [w for w, given in (("NAME", name), ("--rate", rate), ("--times", times)) if given is not None]
    if len(ways) > 1:
        raise InvalidInput("NAME", ", ".join(ways), "one of NAME, --rate and --times")
    if ways in (["--rate"], ["--times"]) and intensity is None:
        raise InvalidInput("--intensity", None, "the intensity in % of the resting motor threshold, e.g. 120")
    if times is not None:
        own = _read_times(times)
        return [(judge_times(own, intensity or 0.0, title=times.name), (own,))]
    if rate is not None:
        pattern = _train(rate, on, off, trains)
        return [(judge_pattern(pattern, intensity or 0.0, title=pattern.words()), (pulse_times_s(pattern),))]
    chosen = library() if name is None else (library_protocol(name),)
    return [(judge_protocol(p), tuple(pulse_times_s(site.pattern) for site in p.sites)) for p in chosen]


def _train(rate: float, on: float | None, off: float | None, trains: int) -> PulsePattern:
    from euthymia.case import checks
    from euthymia.core.errors import InvalidInput
    from euthymia.therapies.tms.pattern import PulsePattern as Pattern

    checks.number("--rate", rate, 0.01, 1000)
    checks.number("--on", on, 0.001, 3600)
    assert on is not None
    pulses = round(rate * on)
    if pulses < 1 or abs(pulses - rate * on) > 1e-6 * max(1.0, rate * on):
        raise InvalidInput("--on", on, f"a length that holds whole pulses at {rate:g} Hz")
    if trains == 1:
        return Pattern(1, None, pulses, 1 / rate, 1, None)
    checks.number("--off", off, 0, 3600)
    assert off is not None
    return Pattern(1, None, pulses, 1 / rate, trains, pulses / rate + off)


def _read_times(path: Path) -> FloatArray:
    import numpy as np

    from euthymia.core.errors import InvalidInput

    try:
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("--times", str(path), "a readable text file, one time a line") from error
    for i, line in enumerate(lines, start=1):
        try:
            float(line)
        except ValueError:
            raise InvalidInput("--times", f"entry {i}: {line}", "times in seconds, one a line") from None
    return np.array([float(line) for line in lines])


def _print(verdict: ProtocolVerdict, *, detailed: bool) -> None:
    typer.echo(f"{verdict.name}: {verdict.verdict.value.replace('_', ' ')} ({verdict.table}). {verdict.title}")
    if not detailed:
        return
    typer.echo(f"  {verdict.statement}")
    for site in verdict.sites:
        for finding in site.findings:
            typer.echo(f"  {site.side or 'site'} {finding.table}: {finding.verdict.value.replace('_', ' ')}")
    for head, lines in (
        ("disagree", verdict.disagreements), ("not verified", verdict.unverified),
        ("policy", tuple(p.statement for p in verdict.policies)),
    ):  # fmt: skip
        for line in lines:
            typer.echo(f"  {head}: {line}")


def _document(judged: list[Judged]) -> str:
    from euthymia.cli.tms_documents import ProtocolItem, SiteItem, TableFinding, TimingDocument

    return TimingDocument(
        protocols=[
            ProtocolItem(
                name=v.name, title=v.title, verdict=v.verdict.value, table=v.table, statement=v.statement,
                supervision_class=v.supervision_class, disagreements=list(v.disagreements), silent=list(v.silent),
                unverified=list(v.unverified), policies=[p.statement for p in v.policies],
                sites=[
                    SiteItem(
                        side=s.side, verdict=s.verdict.value, clearance=s.clearance, pulses=s.pulses, trains=s.trains,
                        strictest_rate_hz=s.seen.rate_hz, strictest_train_s=s.seen.train_duration_s,
                        strictest_gap_s=s.seen.gap_s, theta_burst=s.seen.is_theta_burst,
                        findings=[
                            TableFinding(
                                table=f.table, verdict=f.verdict.value, statement=f.statement, source=f.source.text,
                                verification=f.source.verification.value,
                            )
                            for f in s.findings
                        ],
                    )
                    for s in v.sites
                ],
            )
            for v, _ in judged
        ]
    ).model_dump_json(indent=2)  # fmt: skip
