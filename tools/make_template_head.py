"""Make the template head that the package ships: labels at 1 mm in MNI space, from ICBM152 maps and plain shapes.

Run with ``pip install --no-deps --target FOLDER nilearn==0.14.1`` and then
``python tools/make_template_head.py FOLDER src/euthymia/engines/fields/data/template_head.npz``.

White matter, grey matter and the cavity of the skull come from the ICBM152 2009a symmetric maps that nilearn ships
(terms: template_head.NOTICE.txt). Skull and scalp have set thicknesses around them, face and neck are ellipsoids: no
image of them is at hand under terms that allow to ship it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter

CSF_MM, SKULL_MM, SCALP_MM = 2.0, 6.0, 5.5
"""Least layer over the crowns of the gyri, and the two shells. Chosen here, of usual adult size."""
CLOSING_MM = 14.0
LOW_MM, HIGH_MM = (-96, -132, -112), (97, 106, 108)
BODIES = (((0, 30, -62), (66, 56, 66)), ((0, -42, -92), (66, 66, 60)), ((0, -18, -32), (80, 98, 44)))
"""Center and half axes (mm, MNI) of face, neck and base of the head."""

Mask = NDArray[np.bool_]


def grown(mask: Mask, by_mm: float) -> Mask:
    """Voxels (1 mm) within a distance of a mask."""
    return np.asarray(distance_transform_edt(~mask) <= by_mm)


def closed(mask: Mask, by_mm: float) -> Mask:
    """Mask grown and shrunk again: narrow gaps and folds are filled."""
    return np.asarray(distance_transform_edt(grown(mask, by_mm)) > by_mm)


def smooth(mask: Mask, by_mm: float) -> Mask:
    """Mask without edges sharper than about ``by_mm``."""
    return np.asarray(gaussian_filter(mask.astype(np.float32), by_mm) > 0.5)


def tissue_map(folder: Path, name: str) -> NDArray[np.float32]:
    """One ICBM152 map of nilearn, 0 to 1, on the grid of the template."""
    import nibabel

    file = f"mni_icbm152_{name}_tal_nlin_sym_09a_converted.nii.gz"
    image = nibabel.load(folder / "nilearn" / "datasets" / "data" / file)
    if not np.allclose(image.affine[:3, :3], np.eye(3)):
        raise SystemExit(f"the map {name} is not on a 1 mm RAS grid")
    values = np.asarray(image.dataobj, dtype=np.float32) / 255.0
    first = np.rint(image.affine[:3, 3]).astype(int) - LOW_MM
    size = np.subtract(HIGH_MM, LOW_MM)
    result = np.zeros(tuple(size), dtype=np.float32)
    start, stop = np.maximum(first, 0), np.minimum(first + values.shape, size)
    inside = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    result[inside] = values[tuple(slice(a - f, b - f) for a, b, f in zip(start, stop, first, strict=True))]
    return result


def labels(folder: Path) -> NDArray[np.uint8]:
    """Tissue tags of the template."""
    grey, white, t1 = (tissue_map(folder, name) for name in ("gm", "wm", "t1"))
    brain = grey + white > 0.5
    cavity = closed((t1 > 0) | grown(brain, CSF_MM), CLOSING_MM)
    skull = smooth(closed(grown(cavity, SKULL_MM), CLOSING_MM), 2.0) | grown(cavity, SKULL_MM - 1.5)
    head = grown(skull, SCALP_MM)
    axes = np.meshgrid(*[np.arange(a, b) for a, b in zip(LOW_MM, HIGH_MM, strict=True)], indexing="ij")
    for center, half in BODIES:
        head |= sum(((x - c) / h) ** 2 for x, c, h in zip(axes, center, half, strict=True)) < 1.0
    head = smooth(closed(head, CLOSING_MM), 3.0) | grown(skull, SCALP_MM - 2.0)
    tags = np.zeros(grey.shape, dtype=np.uint8)
    tags[head], tags[skull], tags[cavity] = 5, 4, 3
    tags[brain] = np.where(white > grey, 1, 2)[brain]
    return tags


def main() -> None:
    """Write the template."""
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    affine = np.diag((1e-3, 1e-3, 1e-3, 1.0))
    affine[:3, 3] = np.array(LOW_MM) * 1e-3
    tags = labels(folder)
    np.savez_compressed(target, labels=tags, affine=affine)
    volumes = {tag: int((tags == tag).sum()) // 1000 for tag in range(1, 6)}
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB, shape {tags.shape}, ml by tag {volumes}")


if __name__ == "__main__":
    main()
