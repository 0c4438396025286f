"""Cases in and out of files: ``case.yaml``, FHIR R4 Bundles and event logs, told apart by name and content.

A file is read whole and checked before anything is done with it; a file is written in one step or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput

if TYPE_CHECKING:
    from euthymia.case.fhir import UnreadResource

FORMATS: Mapping[str, str] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "fhir",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""What a case is written as, by the ending of the file's name."""


@dataclass(frozen=True, slots=True)
class CaseReport:
    """A case as it was read, with what the file held besides.

    Parameters
    ----------
    case
        The case.
    format
        ``yaml``, ``json``, ``jsonl`` or ``fhir``.
    unread
        Resources of a FHIR Bundle that are no part of a case, each with the reason; empty for our own formats.
    warnings
        What was read under a stated rule, e.g. a date of which only the year is known.
    """

    case: Case
    format: str
    unread: tuple[UnreadResource, ...] = ()
    warnings: tuple[str, ...] = ()


def read_case(path: str | Path, *, now: datetime | None = None) -> Case:
    """Return the case in a file.

    Parameters
    ----------
    path
        ``.yaml``/``.yml`` (case file), ``.json`` (FHIR R4 Bundle, or a case file written as JSON) or ``.jsonl``
        (event log). Another ending is judged by content.
    now
        Timezone-aware; when given, a file that speaks of a later moment is refused.

    Raises
    ------
    InvalidInput
        One error that names the file or the field in it.
    """
    return read_case_report(path, now=now).case


def read_case_report(path: str | Path, *, now: datetime | None = None) -> CaseReport:
    """Return the case in a file together with what was not read and the warnings; see :func:`read_case`."""
    from euthymia.case.text_file import read_text

    where = Path(path)
    text = read_text(where)
    return parse_case(text, name=where.name, folder=where.absolute().parent, now=now)


def parse_case(text: str, *, name: str, folder: Path, now: datetime | None = None) -> CaseReport:
    """Return the case held by ``text``; ``name`` decides the format and names the file in errors."""
    suffix = Path(name).suffix.casefold()
    kind = FORMATS.get(suffix) or _by_content(text)
    try:
        if kind == "yaml":
            from euthymia.case.yaml_file import parse_yaml

            return CaseReport(parse_yaml(text, name=name, folder=folder, now=now), "yaml")
        if kind == "jsonl":
            from euthymia.case.jsonl import parse_jsonl

            return CaseReport(parse_jsonl(text, name=name, now=now), "jsonl")
        return _parse_json_case(text, name, folder, now)
    except RecursionError:
        raise InvalidInput(name, "nesting without end", "a case file as documented") from None


def _by_content(text: str) -> str:
    start = text.lstrip()[:200]
    if not start.startswith("{"):
        return "yaml"
    return "jsonl" if '"euthymia_log"' in start.split("\n", 1)[0] else "fhir"


def _parse_json_case(text: str, name: str, folder: Path, now: datetime | None) -> CaseReport:
    from euthymia.case.jsonl import parse_json

    content: Any = parse_json(text, name)
    if isinstance(content, Mapping) and "resourceType" in content:
        from euthymia.case.fhir import read_bundle

        found = read_bundle(content, now=now)
        return CaseReport(found.case, "fhir", found.unread, found.warnings)
    if isinstance(content, Mapping) and "euthymia" in content:
        from euthymia.case.yaml_file import case_from_document

        return CaseReport(case_from_document(content, folder=folder, now=now, name=name), "json")
    given = sorted(content)[:5] if isinstance(content, Mapping) else content
    raise InvalidInput(
        name, given, "a FHIR R4 Bundle (`resourceType`), or a case file with `euthymia: 1`", "See `euthymia case new`."
    )


def write_case(case: Case, path: str | Path, *, overwrite: bool = False) -> None:
    """Write a case: ``.yaml`` (what stands), ``.json`` (FHIR R4 Bundle) or ``.jsonl`` (the whole log).

    Raises
    ------
    InvalidInput
        For another ending, or when the file exists and ``overwrite`` is false. Nothing is left half written.
    """
    from euthymia.case.text_file import write_text

    where = Path(path)
    kind = FORMATS.get(where.suffix.casefold())
    if kind is None:
        raise InvalidInput("path", str(where), f"a name that ends in {', '.join(FORMATS)}")
    write_text(where, case_text(case, kind), overwrite=overwrite)


def case_text(case: Case, kind: str) -> str:
    """Return a case as text of one format: ``yaml``, ``fhir`` or ``jsonl``."""
    if kind == "yaml":
        from euthymia.case.yaml_write import case_to_yaml

        return case_to_yaml(case)
    if kind == "jsonl":
        from euthymia.case.jsonl import case_to_jsonl

        return case_to_jsonl(case)
    if kind == "fhir":
        import json

        from euthymia.case.fhir import write_bundle

        return json.dumps(write_bundle(case), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    raise InvalidInput("format", kind, "yaml | fhir | jsonl")


def case_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a case file."""
    from euthymia.case.schema import build_schema

    return build_schema()


def template_text() -> str:
    """Return a complete, commented case file to start from."""
    from importlib import resources

    return (resources.files("euthymia.case") / "data" / "template.yaml").read_text(encoding="utf-8")
