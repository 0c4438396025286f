"""A picture on the page: one self-contained SVG with alt text, marks inside it and the bytes it was given."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

from euthymia.core.png import png_size
from euthymia.report.picture_view import picture_figure
from euthymia.therapies.tms.tables import target_row
from euthymia.therapies.tms.template_field import template_picture

SVG = "{http://www.w3.org/2000/svg}"


def test_figure_holds_image_words_scale_and_every_mark() -> None:
    picture = template_picture(target_row("beam_f3"))
    assert picture is not None
    root = ElementTree.fromstring(picture_figure(picture, key="a"))
    width, height = png_size(picture.png)
    box = [float(n) for n in root.attrib["viewBox"].split()]
    assert box[2] == width
    assert box[3] > height
    image = root.find(f"{SVG}image")
    assert image is not None
    assert base64.b64decode(image.attrib["href"].removeprefix("data:image/png;base64,")) == picture.png
    titles = root.attrib["aria-labelledby"].split()
    assert {root.find(f"{SVG}title").attrib["id"], root.find(f"{SVG}desc").attrib["id"]} == set(titles)  # type: ignore[union-attr]
    assert root.find(f"{SVG}desc").text == picture.alt  # type: ignore[union-attr]
    texts = [t.text for t in root.findall(f"{SVG}text")]
    assert {m.label for m in picture.marks} <= set(texts)
    assert {"0", f"{picture.scale[1]:g}", picture.scale[2]} <= set(texts)
    assert texts[-1] == "1"  # the chosen one is drawn last, on top
