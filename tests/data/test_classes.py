from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from artgen.cli.inspect import inspect
from artgen.data.cache import open_pictures
from artgen.data.pictures import Pictures
from artgen.data.sample import Stream
from artgen.errors import DataError
from artgen.seeding import Draws
from tests.data.sample_pictures import PICTURES, config

COUNTS = {"Zebra": 1, "birds": 3, "cats": 4}
"""Class by class in the order of their names, as every computer sorts them."""


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    """Three folders of classes, one of them with a folder inside; picture n of a class is a plain grey of its own."""
    folder = tmp_path / "zoo"
    for place, (name, count) in enumerate(reversed(COUNTS.items())):
        (folder / name / "deeper").mkdir(parents=True)
        for number in range(count):
            below = folder / name / ("deeper" if number == 2 else "")
            Image.new("RGB", (32, 32), (80 * place + number,) * 3).save(below / f"{number}.png")
    return folder


def opened(folder: Path) -> Pictures:
    return open_pictures(config(folder, classes=True))


def test_the_first_folder_of_a_picture_is_its_class(zoo: Path) -> None:
    pictures = opened(zoo)
    assert pictures.classes == ("Zebra", "birds", "cats")
    assert pictures.shape.classes == 3
    assert pictures.labels is not None
    assert pictures.labels.dtype == np.int64
    assert [pictures.classes[label] for label in pictures.labels] == [name.split("/")[0] for name in pictures.names]
    assert "birds/deeper/2.png" in pictures.names


def test_without_classes_folders_mean_nothing(zoo: Path) -> None:
    pictures = open_pictures(config(zoo))
    assert (pictures.classes, pictures.labels, pictures.shape.classes) == ((), None, 0)
    stream = Stream(pictures, 0, mirror=False)
    assert stream.labels(0, 4) is None
    assert stream.drawn_labels(Draws(0, "class", 0, 4)) is None


def test_classes_share_the_decoded_pictures_but_are_other_training_data(zoo: Path) -> None:
    plain = open_pictures(config(zoo))
    decoded: list[int] = []
    pictures = open_pictures(config(zoo, classes=True), progress=lambda done, _total: decoded.append(done))
    assert decoded == []
    assert pictures.path == plain.path
    assert pictures.fingerprint != plain.fingerprint
    assert opened(zoo).fingerprint == pictures.fingerprint

    (zoo / "cats").rename(zoo / "dogs")
    renamed = opened(zoo)
    assert renamed.classes == ("Zebra", "birds", "dogs")
    assert renamed.fingerprint != pictures.fingerprint
    assert open_pictures(config(zoo)).fingerprint == plain.fingerprint


def test_labels_follow_the_pictures_of_a_batch(zoo: Path) -> None:
    stream = Stream(opened(zoo), 3, mirror=True)
    batch, labels = stream.batch(5, 40), stream.labels(5, 40)
    assert labels is not None
    assert labels.dtype == torch.int64
    levels = ((batch[:, 0, 0, 0] + 1) * 127.5).round().long()
    assert labels.tolist() == (2 - levels // 80).tolist()
    assert torch.equal(torch.cat([stream.labels(index, 1) for index in range(5, 45)]), labels)  # type: ignore[misc]


def test_drawn_classes_are_as_frequent_as_in_the_folder_and_depend_on_the_draws_alone(zoo: Path) -> None:
    stream = Stream(opened(zoo), 3, mirror=False)
    drawn = stream.drawn_labels(Draws(9, "class", 0, 8000))
    assert drawn is not None
    expected = torch.tensor(list(COUNTS.values())) * 1000
    spread = 4 * (8000 * 0.5 * 0.5) ** 0.5
    assert ((torch.bincount(drawn) - expected).abs() < spread).all()
    again = Stream(opened(zoo), 4, mirror=True).drawn_labels(Draws(9, "class", 100, 7))
    assert torch.equal(again, drawn[100:107])  # type: ignore[arg-type]


def test_pictures_beside_the_classes_are_an_error_that_names_them(zoo: Path) -> None:
    (zoo / "cats" / "0.png").rename(zoo / "stray.png")
    with pytest.raises(DataError, match=r"1 picture lies in no sub-folder: stray\.png") as caught:
        opened(zoo)
    assert "move them" in caught.value.hint
    assert caught.value.where == str(zoo)
    for number in range(4):
        (zoo / f"more-{number}.png").write_bytes((zoo / "stray.png").read_bytes())
    with pytest.raises(DataError, match=r"5 pictures lie in no sub-folder: more-0\.png, more-1\.png, more-2\.png, …"):
        opened(zoo)


def test_fewer_than_two_classes_are_an_error(folder: Path, zoo: Path) -> None:
    (folder / "deeper" / "fox.webp").rename(folder / "fox.webp")
    with pytest.raises(DataError, match="at least two sub-folders with pictures, and there is none"):
        opened(folder)
    for name in ("birds", "Zebra"):
        for path in (zoo / name).rglob("*.png"):
            path.write_bytes(b"broken")
    with pytest.raises(DataError, match="there is only 'cats'"):
        opened(zoo)


def test_inspect_tells_the_classes_and_their_pictures(zoo: Path) -> None:
    def called(*arguments: str) -> str:
        return CliRunner().invoke(inspect, [*arguments, "--size", "32"]).stdout

    assert json.loads(called(str(zoo), "--json"))["classes"] == COUNTS
    text = called(str(zoo))
    assert "[data] classes = true: 3" in text
    assert "birds       3" in text
    (zoo / "stray.png").write_bytes((PICTURES / "church-at-auvers.png").read_bytes())
    assert "(in none)       1" in called(str(zoo))
    assert json.loads(called(str(zoo / "cats"), "--json"))["classes"] == {"": 3, "deeper": 1}


def test_a_folder_without_sub_folders_is_not_said_to_have_classes(folder: Path) -> None:
    (folder / "deeper" / "fox.webp").rename(folder / "fox.webp")
    assert "Sub-folders" not in CliRunner().invoke(inspect, [str(folder)]).stdout
