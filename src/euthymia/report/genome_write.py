"""Writing a pharmacogenomics report: page, document and FHIR resources, all or none."""

from __future__ import annotations

import json
from pathlib import Path

from euthymia.core.errors import InvalidInput
from euthymia.report.genome_content import GenomeReport
from euthymia.report.write import write_files

GENOME_FILES = ("report.html", "report.json", "report.fhir.json")
"""Names of the files of a report."""


def write_genome_report(report: GenomeReport, directory: Path, *, replace: bool = False) -> tuple[Path, ...]:
    """Write ``report.html``, ``report.json`` and ``report.fhir.json``; return their paths.

    Parameters
    ----------
    report
        The report on one sample.
    directory
        Folder for the files; it is made when it does not exist.
    replace
        Whether files of these names may be replaced.

    Raises
    ------
    InvalidInput
        When a file is there and ``replace`` is off, or the folder cannot be written to. Nothing is written then.
    """
    from euthymia.report.genome_document import genome_report_document
    from euthymia.report.genome_fhir import genome_fhir
    from euthymia.report.genome_page import genome_html

    if not replace:
        refuse_existing(Path(directory))
    bundle = json.dumps(genome_fhir(report), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    document = genome_report_document(report).model_dump_json(indent=1) + "\n"
    texts = (genome_html(report), document, bundle)
    return write_files(dict(zip(GENOME_FILES, texts, strict=True)), directory)


def refuse_existing(directory: Path) -> None:
    """Raise :class:`InvalidInput` when a report already lies in ``directory``."""
    there = [name for name in GENOME_FILES if (directory / name).exists()]
    if there:
        raise InvalidInput("output", str(directory), f"a folder without {', '.join(there)}", "Use --force to replace.")
