from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.data.sample_pictures import config


@pytest.mark.parametrize(
    ("colour", "rgb"), [("white", (255, 255, 255)), ("#0a0B0c", (10, 11, 12)), ("orange", (255, 165, 0))]
)
def test_colours_are_names_or_hexadecimal(colour: str, rgb: tuple[int, int, int]) -> None:
    assert config(Path(), background=colour).background_rgb == rgb


@pytest.mark.parametrize(("colour", "hint"), [("whit", "Did you mean 'white'?"), ("#12", "#rrggbb"), ("Red", "'red'")])
def test_an_unknown_colour_says_which_there_are(colour: str, hint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        config(Path(), background=colour)
    assert hint in str(caught.value)
