"""``euthymia fields``: a head from labels, and the field of a coil on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.command_line import CommandLine

#: The outer radius of each tissue of the small head, outermost first.
OUTER_MM = {5: 60.0, 4: 54.0, 3: 48.0, 2: 44.0, 1: 34.0}


def ball_labels(step_mm: float = 4.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels of a small head: white and grey matter, CSF, skull and scalp in shells, and its affine in mm."""
    size = int(np.ceil(2 * 60 / step_mm)) + 3
    middle = step_mm * (size - 1) / 2
    at = np.stack(np.meshgrid(*[step_mm * np.arange(size) - middle] * 3, indexing="ij"), -1)
    distance = np.linalg.norm(at, axis=-1)
    labels = np.zeros((size,) * 3, dtype=np.uint8)
    for tag, radius in OUTER_MM.items():
        labels[distance <= radius] = tag
    affine = np.diag([step_mm, step_mm, step_mm, 1.0])
    affine[:3, 3] = -middle
    return labels, affine


def test_a_head_is_meshed_with_its_quality(euthymia: CommandLine, tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel", reason="nibabel (extra fields) is not installed")
    labels, affine = ball_labels()
    nibabel.save(nibabel.Nifti1Image(labels, affine), tmp_path / "labels.nii.gz")
    found = euthymia.document("fields-head", "fields", "head", "labels.nii.gz", "-o", "head.npz", "--edge-mm", 12)
    assert found["parts"] == 1 and found["smallest_dihedral_deg"] > 5 and found["worst_radius_ratio"] > 0.1
    assert [t["tag"] for t in found["tissues"]] == [1, 2, 3, 4, 5]
    # The CSF is one voxel thick: counting voxels misses its volume by more than the mesh does.
    inner = {tag: OUTER_MM.get(tag - 1, 0.0) for tag in OUTER_MM}
    for tissue in found["tissues"]:
        meshed = tissue["labels_ml"] * (1 + tissue["mesh_error_pct"] / 100)
        shell = 4e-3 * np.pi / 3 * (OUTER_MM[tissue["tag"]] ** 3 - inner[tissue["tag"]] ** 3)
        assert meshed == pytest.approx(shell, rel=0.04)
    with np.load(tmp_path / "head.npz") as held:
        assert held["tets"].shape == (found["elements"], 4) and held["nodes"].shape == (found["nodes"], 3)
    words = euthymia.ok("fields", "head", "labels.nii.gz", "-o", "head.msh", "--edge-mm", 12).out
    assert "wrote head.msh" in words and (tmp_path / "head.msh").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-o", "head.npz"), "or --template"),
        (("labels.nii.gz", "--template", "-o", "head.npz"), "one of them"),
        (("--template", "-o", "head.vtk"), "ends in .npz or .msh"),
        (("absent.nii.gz", "-o", "head.npz"), "a file that exists"),
    ],
)
def test_a_head_that_cannot_be_made_is_refused(
    euthymia: CommandLine, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    ran = euthymia("fields", "head", *arguments)
    assert ran.code == 1 and words in ran.err and not list(tmp_path.iterdir())
