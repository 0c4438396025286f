"""T1 image to tissue labels: registration of the template, mixture of intensities, nesting. Experimental."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.frames import CoordinateField
from euthymia.engines.fields.label_volume import LabelVolume
from euthymia.engines.fields.registration import Registration, register
from euthymia.engines.fields.segment_em import Mixture, fit_mixture, posterior
from euthymia.engines.fields.segment_mrf import smoothed
from euthymia.engines.fields.segment_nest import nested
from euthymia.engines.fields.segment_prior import TISSUES, Stack, TissuePrior, template_prior
from euthymia.engines.fields.t1_image import T1Image, prepared_t1
from euthymia.engines.fields.template import template_head

STATEMENT = (
    "EXPERIMENTAL segmentation of a T1 image by Euthymia. Skull and CSF are both dark in T1: where one ends and the "
    "other begins rests largely on a template. Look at the contours before use. The recommended road to a person's "
    "head is a dedicated program (SimNIBS charm, with a T2 image where there is one) whose labels are read instead."
)
NOTE = "EXPERIMENTAL: labels of a T1 image by Euthymia"
"""Goes into the header of the labels, so that a head made from them still says so."""
CHUNK = 1_000_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """Labels of a head and what they were made from.

    ``labels``: tissue tags on the 1 mm grid; ``prior (6, i, j, k)`` and ``shares``: probabilities before and after the
    image was read, in the order of ``TISSUES``.
    """

    labels: LabelVolume
    image: T1Image
    mixture: Mixture
    registration: Registration
    prior: Stack
    shares: Stack


def segment_t1(
    values: object, affine: object, *, prior: TissuePrior | None = None, say: Say = lambda words: None
) -> Segmentation:
    """Segment a T1 image; needs the extra ``imaging``.

    Parameters
    ----------
    values : (i, j, k)
        Intensities.
    affine : (4, 4)
        From voxel indices to RAS metres.
    prior
        Probabilities in MNI space; those of the packaged template when left out.
    say
        Told what is being done.
    """
    say("reading the outline of the head …")
    image = prepared_t1(values, affine)
    registration = register(image, template_head().labels, say)
    return segment_registered(image, registration, prior or template_prior(), say=say)


def segment_registered(
    image: T1Image, registration: Registration, prior: TissuePrior, *, say: Say = lambda words: None
) -> Segmentation:
    """Segment an image on which the template already lies."""
    within = np.flatnonzero(image.head)
    points = _points(image, within)
    expected = np.empty((len(TISSUES), within.size), dtype=np.float32)
    for start in range(0, within.size, CHUNK):
        part = slice(start, start + CHUNK)
        expected[:, part] = prior.at(registration.to_template(points[part]))
    values = image.values.ravel()[within]
    say("learning the intensities of the tissues …")
    mixture = fit_mixture(values, expected, points, image.noise)
    found = np.empty_like(expected)
    for start in range(0, within.size, CHUNK):
        part = slice(start, start + CHUNK)
        found[:, part] = posterior(mixture, values[part], expected[:, part], points[part])
    say("smoothing and nesting the tissues …")
    shares = smoothed(_volume(found, within, image.head.shape))
    tags = nested(shares, image.head)
    return Segmentation(
        LabelVolume(tags, image.affine),
        image,
        mixture,
        registration,
        _volume(expected, within, image.head.shape),
        shares,
    )


def mni_field(found: Segmentation, step: int = 2) -> CoordinateField:
    """MNI coordinates of the head: where the registration laid the template, on every ``step``-th node of its grid."""
    shape = tuple(len(range(0, size, step)) for size in found.registration.shift.shape[:3])
    affine = found.registration.shift_affine.copy()
    affine[:3, :3] *= step
    index = np.indices(shape).reshape(3, -1).T
    places = found.registration.to_template(index @ affine[:3, :3].T + affine[:3, 3])
    return CoordinateField(places.reshape(*shape, 3).astype(np.float64), affine)


def _points(image: T1Image, within: NDArray[np.int64]) -> NDArray[np.float32]:
    index = np.stack(np.unravel_index(within, image.head.shape), axis=1).astype(np.float32)
    return np.asarray(index @ image.affine[:3, :3].T.astype(np.float32) + image.affine[:3, 3].astype(np.float32))


def _volume(rows: Stack, within: NDArray[np.int64], shape: tuple[int, ...]) -> Stack:
    """Rows ``(6, n)`` of the voxels within as volumes; air elsewhere."""
    full = np.zeros((rows.shape[0], int(np.prod(shape))), dtype=np.float32)
    full[TISSUES.index(0)] = 1.0
    full[:, within] = rows
    return full.reshape(rows.shape[0], *shape)
