"""Writing reports: everything is built before anything is written, and each file appears whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.plan.document import plan_document
from euthymia.plan.model import Plan


def write_plan(plan: Plan, case: Case, directory: Path, *, fhir: bool = False) -> tuple[Path, ...]:
    """Write ``plan.json``, ``plan.html`` and, with ``fhir``, ``careplan.json``; return their paths.

    Parameters
    ----------
    plan, case
        The plan and the case it was made for.
    directory
        Folder for the files; it is made when it does not exist. Files of the same names are replaced.
    fhir
        Also write a FHIR R4 CarePlan.

    Raises
    ------
    InvalidInput
        When ``directory`` is a file or cannot be written to, or ``case`` is another case. Nothing is written then.
    """
    from euthymia.report.care_plan import care_plan
    from euthymia.report.page import plan_html

    if case.case_id != plan.case_id:
        raise InvalidInput("case", case.case_id, f"the case of the plan, {plan.case_id}")
    texts = {"plan.json": plan_document(plan).model_dump_json(indent=1) + "\n", "plan.html": plan_html(plan, case)}
    if fhir:
        texts["careplan.json"] = json.dumps(care_plan(plan, case), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return write_files(texts, directory)


def write_files(texts: Mapping[str, str | bytes], directory: Path) -> tuple[Path, ...]:
    """Write texts (or bytes) by file name into ``directory``, all or none; return the paths in the same order."""
    folder = Path(directory)
    raw = {n: t if isinstance(t, bytes) else t.encode("utf-8", errors="replace") for n, t in texts.items()}
    waiting: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in raw.items():
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.", suffix=".part")
            waiting[name] = Path(temporary)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            waiting[name].chmod(0o644)
        for name, path in waiting.items():
            path.replace(folder / name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidInput("directory", str(folder), "a folder that exists or can be made, and can be written to",
                           f"{reason}.") from None  # fmt: skip
    finally:
        for path in waiting.values():
            path.unlink(missing_ok=True)
    return tuple(folder / name for name in raw)
