"""``euthymia fields labels``: refusals before the work, and the files after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput

from tests.cli.command_line import CommandLine
from tests.engines.fields.segment_scene import ball_segmentation


def image(path: Path, shape: tuple[int, ...] = (20, 20, 20)) -> None:
    """A NIfTI file of 1 mm voxels."""
    nibabel = pytest.importorskip("nibabel", reason="nibabel (extra fields) is not installed")
    values = np.random.default_rng(1).normal(100, 5, shape).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(values, np.diag((1.0, 1.0, 1.0, 1.0))), path)


def test_labels_and_their_report_are_written(
    euthymia: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image(tmp_path / "T1.nii.gz")
    monkeypatch.setattr(
        "euthymia.engines.fields.segment.segment_t1", lambda values, affine, *, prior, say: ball_segmentation()
    )
    found = euthymia.document("fields-labels", "fields", "labels", "T1.nii.gz", "-o", "out/labels.nii.gz")
    assert found["experimental"] is True and found["verdict"] == "doubtful"
    assert [t["tag"] for t in found["tissues"]] == [1, 2, 3, 4, 5]
    assert [Path(f).name for f in found["files"]] == ["labels.nii.gz", "labels_mni.nii.gz", "labels.html"]
    ran = euthymia.ok("fields", "labels", "T1.nii.gz", "-o", "out/labels.nii.gz")
    assert "EXPERIMENTAL" in ran.err and "charm" in ran.err and "Doubtful" in ran.out
    from euthymia.engines.fields.nifti import read_labels

    again = read_labels(tmp_path / "out" / "labels.nii.gz", scheme="simnibs")
    assert np.array_equal(again.labels, ball_segmentation().labels.labels)
    assert np.allclose(again.affine, ball_segmentation().labels.affine, atol=1e-6)


def test_a_head_from_such_labels_stays_experimental_and_knows_its_way_to_mni(
    euthymia: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from euthymia.cli.fields_input import read_head

    image(tmp_path / "T1.nii.gz")
    monkeypatch.setattr(
        "euthymia.engines.fields.segment.segment_t1", lambda values, affine, *, prior, say: ball_segmentation()
    )
    euthymia.ok("fields", "labels", "T1.nii.gz", "-o", "labels.nii.gz")
    made = ("fields", "head", "labels.nii.gz", "--mni", "labels_mni.nii.gz", "--edge-mm", 12, "-o", "head.npz")
    assert "EXPERIMENTAL" in euthymia.ok(*made).out
    head = read_head(tmp_path / "head.npz")
    assert "EXPERIMENTAL" in head.statement and head.mni is not None and "labels_mni" in head.mni.quality
    points = np.array([[0.01, -0.02, 0.005], [-0.02, 0.01, 0.0]])
    assert np.allclose(head.mni.to_mni(points), points + np.array((0.001, 0.0, 0.002)), atol=1e-5)
    assert np.allclose(head.mni.to_head(points), points - np.array((0.001, 0.0, 0.002)), atol=1e-4)
    ran = euthymia("fields", "head", "labels.nii.gz", "--mni", "absent.nii.gz", "-o", "again.npz")
    assert ran.code == 1 and "--mni" in ran.err
    ran = euthymia("fields", "head", "labels.nii.gz", "--mni", "labels_mni.nii.gz", "-o", "again.msh")
    assert ran.code == 1 and "ends in .npz" in ran.err
    ran = euthymia("fields", "head", "labels.nii.gz", "--mni", "T1.nii.gz", "-o", "again.npz")
    assert ran.code == 1 and not (tmp_path / "again.npz").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("absent.nii.gz", "-o", "labels.nii.gz"), "a file that exists"),
        (("T1.nii.gz", "-o", "labels.mgz"), "ends in .nii or .nii.gz"),
        (("T1.nii.gz", "-o", "T1.nii.gz"), "would be overwritten"),
        (("four.nii.gz", "-o", "labels.nii.gz"), "several frames"),
        (("T1.nii.gz", "-o", "labels.nii.gz", "--prior", "absent.nii"), "--prior"),
        (("T1.nii.gz", "-o", "labels.nii.gz", "--prior", "four.nii.gz"), "six maps"),
        (("T1.nii.gz", "-o", "labels.nii.gz", "--prior", "T1.nii.gz"), "several maps"),
        (("T1.nii.gz", "-o", "labels.nii.gz"), "skull stripped"),
    ],
)
def test_what_cannot_be_labelled_is_refused_and_nothing_is_written(
    euthymia: CommandLine, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    image(tmp_path / "T1.nii.gz")
    image(tmp_path / "four.nii.gz", (9, 9, 9, 4))
    before = sorted(p.name for p in tmp_path.iterdir())
    ran = euthymia("fields", "labels", *arguments)
    assert ran.code == 1 and words in ran.err
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_an_error_is_a_document_too(euthymia: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image(tmp_path / "T1.nii.gz")

    def refused(values: object, affine: object, *, prior: object, say: object) -> None:
        raise InvalidInput("t1", "with white matter at 0.80 of grey matter", "at least 1.04 (T1 contrast)")

    monkeypatch.setattr("euthymia.engines.fields.segment.segment_t1", refused)
    ran = euthymia("fields", "labels", "T1.nii.gz", "-o", "labels.nii.gz", "--json")
    assert ran.code == 1 and ran.json["argument"] == "t1" and not (tmp_path / "labels.nii.gz").exists()
