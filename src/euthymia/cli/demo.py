"""``euthymia demo``: six contrasting synthetic cases, six plans, one page to open."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import AsJson


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the reports.")] = Path("demo-out"),
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the default browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plan six contrasting example cases (one from a FHIR Bundle) and write their reports.

    Example: euthymia demo -o demo-out --open
    """
    from rich.console import Console
    from rich.progress import track

    from euthymia.case.files import parse_case
    from euthymia.cli import render
    from euthymia.cli.documents import WrittenDocument
    from euthymia.cli.written import written_plan
    from euthymia.plan import compare
    from euthymia.report import index_entry, write_index, write_plan

    folder = resources.files("euthymia.cli") / "cases"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith((".yaml", ".json")))
    plans, written, entries = [], [], []
    with resources.as_file(folder) as here:  # a case may name a file beside it
        for name in track(names, "Planning", console=Console(stderr=True), transient=True):
            case = parse_case((here / name).read_text(encoding="utf-8"), name=name, folder=here).case
            plan = compare(case)
            files = write_plan(plan, case, output / Path(name).stem, fhir=True)
            plans.append(plan)
            written.append(written_plan(plan, files))
            entries.append(index_entry(plan, f"{Path(name).stem}/plan.html"))
    index = write_index(entries, output)
    if as_json:
        typer.echo(WrittenDocument(plans=written).model_dump_json(indent=2))
    else:
        render.demo(plans)
        typer.echo(f"Open {index.resolve().as_uri()}")
    if open_browser:
        typer.launch(str(index))
