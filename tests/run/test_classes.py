"""Classes from sub-folders: one job learns them, outputs ask for them by name."""

from __future__ import annotations

import json
import re

import pytest

from tests.run.conftest import Desk
from tests.run.test_pictures import pixels

NETWORKS = {
    "dcgan": ("discriminator.width=4",),
    "stylegan-lite": (
        'generator={type="stylegan-lite", latent=8, width=0.01}',
        'discriminator={type="stylegan-lite", width=0.01}',
    ),
}


@pytest.fixture
def sorted_desk(desk: Desk) -> Desk:
    """Half of the pictures in each of two folders."""
    folder = desk.folder / "pictures"
    for index, path in enumerate(sorted(folder.iterdir())):
        place = folder / ("emoji" if index % 2 else "photos")
        place.mkdir(exist_ok=True)
        path.rename(place / path.name)
    return desk


@pytest.mark.parametrize("sets", NETWORKS.values(), ids=NETWORKS.keys())
def test_a_class_is_learned_and_asked_for_by_name(sorted_desk: Desk, sets: tuple[str, ...]):
    desk = sorted_desk
    outputs = '[{type="images", seeds="0-3"}, {type="images", name="only", seeds="0-3", class="photos"}]'
    words = [w for s in ("data.classes=true", "train.steps=6", f"outputs={outputs}", *sets) for w in ("--set", s)]
    desk.artgen("run", "job.toml", *words)
    mixed = [pixels(desk.run / f"artifacts/images/seed-{seed:06}.png") for seed in range(4)]
    photos = [pixels(desk.run / f"artifacts/only/seed-{seed:06}.png") for seed in range(4)]
    same = [(a == b).all() for a, b in zip(mixed, photos, strict=True)]
    assert any(same)
    assert not all(same)
    said = desk.artgen("render", "runs/tiny", "--seeds", "0", "--name", "wrong", "--set", 'class="cats"', code=1)
    assert "emoji" in said
    assert "photos" in said


def test_the_page_of_classes_tells_how_near_pictures_are_to_the_training(sorted_desk: Desk):
    outputs = 'outputs=[{type="gallery", count=2}]'
    sets = ("data.classes=true", "train.steps=2", "quality.final=4", outputs)
    sorted_desk.artgen("run", "job.toml", *(word for one in sets for word in ("--set", one)))
    page = (sorted_desk.run / "index.html").read_text(encoding="utf-8")
    told = json.loads(re.findall(r'id="data">(.*?)</script>', page)[0])["pictures"]
    assert len(told["nearest"]) == 2
    assert min(told["nearest"]) > 0


def test_pictures_beside_the_classes_are_a_clear_mistake(sorted_desk: Desk):
    loose = next((sorted_desk.folder / "pictures" / "emoji").iterdir())
    loose.rename(sorted_desk.folder / "pictures" / loose.name)
    said = sorted_desk.artgen("run", "job.toml", "--set", "data.classes=true", code=3)
    assert loose.name in said
