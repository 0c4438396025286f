"""What the genome commands read: outside calls, one sample of a file, the medicines and age of a case."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from euthymia.case.model import Case
    from euthymia.engines.genome import GenomeCalls, OutsideCall
    from euthymia.engines.genome.phenoconversion_agents import Medication


def outside_calls_of(path: Path | None) -> tuple[OutsideCall, ...]:
    """Read a file of outside calls; none without a file."""
    from euthymia.core.errors import InvalidInput
    from euthymia.engines.genome import parse_outside_calls

    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise InvalidInput("outside calls", str(path), "an existing file") from None
    except IsADirectoryError:
        raise InvalidInput("outside calls", str(path), "a file, not a folder") from None
    except UnicodeDecodeError:
        raise InvalidInput("outside calls", path.name, "a text file in UTF-8") from None
    return parse_outside_calls(lines, path.name)


def one_sample(
    vcf: Path, *, build: str, sample: str | None, outside_calls: Path | None, absent_is_reference: bool
) -> GenomeCalls:
    """Call the one sample of a file; a file of several needs the name of one."""
    from euthymia.core.errors import InvalidInput
    from euthymia.engines.genome import call_vcf

    outside = outside_calls_of(outside_calls)
    with progress(vcf) as on_bytes:
        found = list(
            call_vcf(
                vcf, build=build, sample=sample, outside=outside, absent_is_reference=absent_is_reference,
                on_bytes=on_bytes, use_index=False,  # a report gives the hash of the whole file
            )
        )  # fmt: skip
    if len(found) != 1:
        names = ", ".join(one.sample for one in found[:5])
        raise InvalidInput("--sample", None, f"one sample of the file, e.g. {names}")
    return found[0]


def medicines_of(case: Case | None) -> tuple[Medication, ...]:
    """The medicines of a case: taken now, and stopped so lately that they still act on an enzyme."""
    from euthymia.engines.genome.phenoconversion_agents import acting_on, medication_list
    from euthymia.engines.genome.phenoconversion_tables import modulated_enzymes
    from euthymia.therapies.dated_medicines import dated_medicines

    if case is None:
        return ()
    return tuple(
        one
        for one in medication_list(dated_medicines(case))
        if one.stopped_days_ago is None or any(acting_on(enzyme, [one]) for enzyme in modulated_enzymes())
    )


def medicine_words(one: Medication) -> str:
    """A medicine as one phrase."""
    return one.agent if one.stopped_days_ago is None else f"{one.agent} (stopped {one.stopped_days_ago:g} days ago)"


def ingredient(name: str) -> str:
    """The ingredient of a medicine; the name as it stands when guidelines have rows for it, or nobody knows it."""
    from euthymia.case import drugs
    from euthymia.engines.genome.advice import known_drugs
    from euthymia.engines.genome.phenoconversion_tables import agent_key

    if agent_key(name) in known_drugs():
        return name
    known = drugs.drug(name)
    return known.ingredient if known else name


@contextmanager
def progress(path: Path) -> Iterator[Callable[[int], None] | None]:
    """Show how much of the file is read, on a terminal only."""
    if not (sys.stderr.isatty() and path.is_file()):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=path.stat().st_size)
        yield lambda n_bytes: bar.advance(task, n_bytes)
