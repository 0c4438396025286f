"""Files of a field for other programs: what they hold is the field, in the space of the head."""

from __future__ import annotations

import base64
import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from field_samples import STATEMENT, placed_field

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.evaluate import locate
from euthymia.engines.fields.mesh import Surface
from euthymia.engines.fields.nifti import read_labels
from euthymia.engines.fields.surfaces import tissue_surface
from euthymia.report.field_document import FieldDoc
from euthymia.report.field_files import FieldFiles, GivenSurface, joined
from euthymia.report.field_measures import PlacedField, painted_cortex
from euthymia.report.field_page import write_field

nibabel = pytest.importorskip("nibabel", reason="nibabel (extra fields) is not installed")


@pytest.fixture(scope="module")
def placed() -> PlacedField:
    return replace(placed_field(), is_mni=True)


@pytest.fixture(scope="module")
def middle(placed: PlacedField) -> Surface:
    pial = tissue_surface(placed.mesh, (1, 2))
    return Surface(pial.nodes * 0.071 / 0.078, pial.triangles)


@pytest.fixture(scope="module")
def written(placed: PlacedField, middle: Surface, tmp_path_factory: pytest.TempPathFactory) -> tuple[FieldDoc, Path]:
    folder = tmp_path_factory.mktemp("files") / "out"
    return write_field(placed, folder, FieldFiles(0.004, (GivenSurface("lh.mid", "lh.mid.gii", middle),))), folder


def test_every_file_is_named_and_written(written: tuple[FieldDoc, Path], placed: PlacedField, tmp_path: Path) -> None:
    document, folder = written
    names = {"field.html", "field.json", "field.csv", "field.msh", "field.nii.gz", "labels.nii.gz", "field.gii",
             "field.lh.mid.gii"}  # fmt: skip
    assert {p.name for p in folder.iterdir()} == names == {Path(name).name for name in document.files}
    assert document.space == "MNI" and document.grid_mm == 4
    plain = write_field(placed, tmp_path / "plain")
    assert {p.name for p in (tmp_path / "plain").iterdir()} == {"field.html", "field.json", "field.csv", "field.msh"}
    assert plain.grid_mm is None and plain.surfaces == []
    no_volumes = write_field(placed, tmp_path / "flat", FieldFiles(None))
    assert Path(no_volumes.files[-1]).name == "field.gii" and not (tmp_path / "flat" / "field.nii.gz").exists()


def test_the_volume_holds_length_and_components_and_nothing_outside(
    written: tuple[FieldDoc, Path], placed: PlacedField
) -> None:
    image = nibabel.load(written[1] / "field.nii.gz")
    data = image.get_fdata()
    assert data.shape[3] == 4 and np.linalg.norm(data[..., 1:], axis=3) == pytest.approx(data[..., 0], abs=1e-4)
    assert int(image.header["sform_code"]) == 4 and image.header.get_zooms()[:3] == (4, 4, 4)
    assert b"|E|, Ex, Ey, Ez" in bytes(image.header["descrip"]) and b"0 outside" in bytes(image.header["descrip"])
    labels = read_labels(written[1] / "labels.nii.gz", scheme="simnibs")
    assert np.array_equal(labels.labels > 0, data[..., 0] > 0)
    index = np.argwhere(labels.labels == 2)[::40]
    points = (index @ image.affine[:3, :3].T + image.affine[:3, 3]) / 1000
    there = locate(placed.result.system.space, points)
    mean = placed.result.field_v_m[there.elements, :, 0]
    off = np.linalg.norm(data[tuple(index.T)][:, 1:] - mean, axis=1) / np.linalg.norm(mean, axis=1)
    assert np.median(off) < 0.2, "order 1: the element's own gradient, with dA/dt of the very point"


def test_the_painted_cortex_is_that_of_the_page(written: tuple[FieldDoc, Path], placed: PlacedField) -> None:
    cortex = painted_cortex(placed)
    image = nibabel.load(written[1] / "field.gii")
    strength, outward = image.get_arrays_from_intent("NIFTI_INTENT_SHAPE")
    assert strength.data == pytest.approx(cortex.strength_v_m, rel=1e-5)
    assert outward.data == pytest.approx(cortex.outward_v_m, rel=1e-4, abs=1e-4)
    assert (strength.meta["Name"], outward.meta["Name"]) == ("E magnitude, V/m", "E outward normal, V/m")
    assert image.meta["Statement"] == STATEMENT


def test_a_given_surface_is_painted_and_measured(written: tuple[FieldDoc, Path], middle: Surface) -> None:
    document, folder = written
    (about,) = document.surfaces
    assert about.given == "lh.mid.gii" and about.file == "field.lh.mid.gii" and about.nodes == middle.nodes.shape[0]
    assert about.without_value == 0 and about.moved_most_mm < 2
    strength, outward, has = nibabel.load(folder / about.file).get_arrays_from_intent("NIFTI_INTENT_SHAPE")
    assert (has.data == 1).all() and about.peak_v_m <= strength.data.max() * 1.000001
    assert about.outward_v_m <= outward.data.max() * 1.000001 and about.inward_v_m <= -outward.data.min() * 1.000001
    assert 0.5 < about.peak_v_m / document.peak_v_m < 1.5
    page = (folder / "field.html").read_text(encoding="utf-8")
    assert "On the surfaces that were given" in page and "Painted: lh.mid.gii;" in page
    scene = json.loads(page.split('id="head-scene">')[1].split("</script>")[0])
    shown = np.frombuffer(base64.b64decode(scene["parts"][0]["values"]["strength"]), "<u2") / 65535
    assert shown == pytest.approx(np.clip(strength.data / document.peak_v_m, 0, 1), abs=1e-4), "the page shows it too"


def test_hemispheres_are_joined(placed: PlacedField) -> None:
    cortex = painted_cortex(placed)
    both = joined([cortex, cortex])
    n = cortex.surface.nodes.shape[0]
    assert np.array_equal(both.surface.triangles[len(cortex.surface.triangles) :] - n, cortex.surface.triangles)
    assert np.array_equal(both.surface.nodes[n:], cortex.surface.nodes)
    assert np.array_equal(both.outward_v_m, np.tile(cortex.outward_v_m, 2)) and both.strength_v_m.size == 2 * n


def test_the_table_holds_each_tissue(written: tuple[FieldDoc, Path]) -> None:
    with (written[1] / "field.csv").open(encoding="utf-8", newline="") as stream:
        table = {row["quantity"]: (row["value"], row["unit"]) for row in csv.DictReader(stream)}
    assert float(table["grey matter, peak"][0]) == pytest.approx(written[0].peak_v_m, rel=0.01)
    assert table["scalp, volume"][1] == "ml" and float(table["Outward component, peak"][0]) > 0


def test_nothing_is_written_when_a_surface_lies_elsewhere(placed: PlacedField, middle: Surface, tmp_path: Path) -> None:
    moved = GivenSurface("a", "a.gii", Surface(middle.nodes + np.array((0.1, 0, 0)), middle.triangles))
    with pytest.raises(InvalidInput, match="space of the head"):
        write_field(placed, tmp_path / "out", FieldFiles(None, (moved,)))
    assert not (tmp_path / "out").exists()
