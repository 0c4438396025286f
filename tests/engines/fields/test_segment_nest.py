"""Nesting turns probabilities with faults into a head whose shells lie inside one another."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt, label

from euthymia.core.errors import NotConverged
from euthymia.engines.fields.segment_nest import nested
from euthymia.engines.fields.segment_quality import dice, leaks

from tests.engines.fields.segment_scene import ball_tags, shares_of

AT = np.indices((88, 88, 88)) - 43.5


def nested_of(tags: np.ndarray) -> np.ndarray:
    """Nest tags as if they were surely found."""
    return nested(shares_of(tags), ball_tags() > 0)


def faulty() -> np.ndarray:
    """The balls with the faults that segmentations of T1 images have."""
    tags = ball_tags()
    x, y, z = AT
    tags[(abs(x) < 3) & (abs(y) < 3) & (z > 20)] = np.where(tags > 0, 2, 0)[(abs(x) < 3) & (abs(y) < 3) & (z > 20)]
    tags[(abs(x - 30) < 2.5) & (abs(y) < 2.5) & (abs(z) < 2.5)] = 5  # a hole in the skull
    tags[(x - 37) ** 2 + y**2 + z**2 < 4] = 2  # a vessel in the scalp
    tags[(x + 15) ** 2 + y**2 + z**2 < 2.5] = 0  # noise in the brain
    return tags


def test_a_clean_head_stays_as_it_is() -> None:
    tags = ball_tags()
    found = nested_of(tags)
    assert leaks(found) == 0
    for tag in (1, 2, 3, 4, 5):
        assert dice(found == tag, tags == tag) > (0.97 if tag < 3 else 0.93)


def test_faults_leave_no_leak_and_no_brain_outside() -> None:
    tags = faulty()
    assert leaks(tags) > 100
    found = nested_of(tags)
    assert leaks(found) == 0
    assert label(np.isin(found, (1, 2)))[1] == 1
    assert found[80, 43, 43] == 5  # the vessel went to the scalp
    assert np.isin(found, (1, 2, 3))[28, 43, 43]  # the noise was filled
    assert dice(np.isin(found, (1, 2)), np.isin(ball_tags(), (1, 2))) > 0.96


def test_layers_have_their_least_thickness_even_when_none_was_found() -> None:
    tags = ball_tags()
    tags[np.isin(tags, (3, 4))] = 2  # grey matter up to the scalp
    tags[np.sqrt((AT**2).sum(axis=0)) > 33] = 5
    tags[ball_tags() == 0] = 0
    found = nested_of(tags)
    assert leaks(found) == 0
    brain, cavity, skull = np.isin(found, (1, 2)), np.isin(found, (1, 2, 3)), np.isin(found, (1, 2, 3, 4))
    assert distance_transform_edt(~brain)[~cavity].min() > 1.0
    assert distance_transform_edt(~cavity)[~skull].min() > 2.0


def test_cavities_of_air_are_kept_away_from_brain_and_rim() -> None:
    tags = ball_tags()
    distance = np.sqrt((AT**2).sum(axis=0))
    near = ((AT[1] + 33) ** 2 + AT[0] ** 2 + AT[2] ** 2) < 20
    tags[near] = 0  # a sinus that reaches from the skull into the scalp
    tags[(abs(AT[0] - 36) < 1) & (abs(AT[1]) < 1) & (abs(AT[2]) < 1)] = 0  # a speck
    found = nested_of(tags)
    air = (found == 0) & (ball_tags() > 0)
    assert 60 < air.sum() < near.sum() and label(air)[1] == 1
    assert distance[air].max() < 38 and distance[air].min() > 30
    assert leaks(found) == 0


def test_without_a_brain_it_says_so() -> None:
    with pytest.raises(NotConverged, match="no brain was found"):
        nested_of(np.where(ball_tags() > 0, 5, 0).astype(np.uint8))
