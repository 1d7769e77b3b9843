"""What a plugin brings is in the schema, in `plan`, and in `check` with its lines."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import tomli

from artgen.testing.pictures import copy_pictures

from .conftest import Artgen, Site, job_with


@pytest.fixture
def glaze(site: Site) -> Site:
    """A plugin with one loss."""
    site.install_loss("artgen-glaze")
    return site


@pytest.mark.usefixtures("glaze")
def test_its_options_are_in_the_schema(artgen: Artgen) -> None:
    validator = jsonschema.Draft7Validator(json.loads(artgen("schema").out))
    assert validator.is_valid(tomli.loads(job_with('type = "glaze"\nshine = 2.0')))
    assert validator.is_valid(tomli.loads(job_with('type = "artgen-glaze:glaze"\nshine = 2.0')))
    assert not validator.is_valid(tomli.loads(job_with('type = "glaze"\nshine = "much"')))
    assert not validator.is_valid(tomli.loads(job_with('type = "glaze"\nsheen = 2.0')))


@pytest.mark.usefixtures("glaze")
def test_its_options_are_in_the_plan_with_their_sources(artgen: Artgen, desk: Path) -> None:
    (desk / "job.toml").write_text(job_with('type = "glaze"\nweight = 2.0'), encoding="utf-8")
    told = artgen("plan", "job.toml", "--json", "--set", "losses.glaze.weight=3.0")
    assert told.code == 0, told.err
    plan = json.loads(told.out)
    values = (plan[0] if isinstance(plan, list) else plan)["values"]
    assert values["losses.glaze.type"]["value"] == "artgen-glaze:glaze"
    assert values["losses.glaze.shine"]["value"] == 0.5
    assert "default" in values["losses.glaze.shine"]["source"]
    assert "--set" in values["losses.glaze.weight"]["source"]


@pytest.mark.usefixtures("glaze")
@pytest.mark.parametrize(
    ("loss", "problem"),
    [
        ('type = "glaze"\nshien = 1.0', "job.toml:40: [losses.glaze] unknown key 'shien'. Did you mean 'shine'?"),
        ('type = "glaze"\nshine = -1.0', "job.toml:40: [losses.glaze] shine must be at least 0, not -1.0"),
        ('type = "glzae"', "job.toml:39: [losses.glzae] unknown loss 'glzae'. Did you mean 'glaze'?"),
        ('type = "artgen-glaze:glaz"', "artgen-glaze 1.0 has none of this name. Did you mean 'artgen-glaze:glaze'?"),
        ('type = "artgen-glaze:mud"', "artgen-glaze 1.0 has none of this name. It has: glaze"),
    ],
)
def test_a_mistake_in_its_options_is_told_with_the_line(loss: str, problem: str, artgen: Artgen, desk: Path) -> None:
    (desk / "job.toml").write_text(job_with(loss), encoding="utf-8")
    told = artgen("check", "job.toml")
    assert told.code == 2
    assert problem in told.err


@pytest.mark.usefixtures("glaze")
@pytest.mark.parametrize(
    ("requires", "problem"),
    [
        ('artgen-glaze = ">=1,<2"', ""),
        ('artgen-glaze = "~=1.0"', ""),
        ('artgen-glaze = "==1.*"', ""),
        (
            'artgen-glaze = ">=2"',
            "[requires] this job needs artgen-glaze >=2; installed is 1.0. Try: pip install 'artgen-glaze>=2'",
        ),
        (
            'artgen-gone = ">=0.2"',
            "this job needs artgen-gone >=0.2, which is not installed. Try: pip install 'artgen-gone>=0.2'",
        ),
        ('artgen-glaze = "newest"', "artgen-glaze must be conditions on its version, such as"),
    ],
)
def test_a_job_can_need_a_version_of_it(requires: str, problem: str, artgen: Artgen, desk: Path) -> None:
    (desk / "job.toml").write_text(job_with('type = "glaze"') + f"\n[requires]\n{requires}\n", encoding="utf-8")
    told = artgen("check", "job.toml")
    assert told.code == (2 if problem else 0)
    assert problem in told.err


def test_a_package_that_it_lacks_is_told_before_anything_is_trained(site: Site, artgen: Artgen, desk: Path) -> None:
    site.install_loss("artgen-glaze", requires='{"cv9_of_nobody": "opencv-nine>=9", "json": "json"}')
    (desk / "job.toml").write_text(job_with('type = "glaze"'), encoding="utf-8")
    for command in ("check", "run"):
        told = artgen(command, "job.toml")
        assert told.code == 2
        assert (
            "job.toml:39: [losses.glaze] loss 'glaze' of artgen-glaze needs opencv-nine>=9, which is not installed. "
            "Try: pip install 'opencv-nine>=9'\n"
        ) in told.err
    assert not (desk / "runs").exists()
    (desk / "job.toml").write_text(job_with(), encoding="utf-8")
    assert artgen("check", "job.toml").code == 0


def test_a_config_that_cannot_be_imported_is_told_where_it_is_used(site: Site, artgen: Artgen, desk: Path) -> None:
    site.install_loss("artgen-glaze")
    (site.folder / "artgen_glaze_config.py").write_text("import cv2_of_nobody\n", encoding="utf-8")
    assert artgen("schema").code == 0
    (desk / "job.toml").write_text(job_with('type = "glaze"'), encoding="utf-8")
    told = artgen("check", "job.toml")
    assert told.code == 2
    assert "job.toml:39: [losses.glaze] artgen-glaze 1.0: loss 'glaze' could not be imported from" in told.err
    assert "pip install cv2_of_nobody" in told.err


@pytest.mark.parametrize("base", ["", "(Config)", "(OutputConfig)"])
def test_a_config_that_is_no_model_of_its_kind_is_told_where_it_is_used(
    base: str, site: Site, artgen: Artgen, desk: Path
) -> None:
    site.install_loss("artgen-glaze")
    text = f"from artgen.config import Config, OutputConfig\n\n\nclass GlazeConfig{base}:\n    pass\n"
    (site.folder / "artgen_glaze_config.py").write_text(text, encoding="utf-8")
    assert artgen("schema").code == 0
    (desk / "job.toml").write_text(job_with('type = "glaze"'), encoding="utf-8")
    told = artgen("check", "job.toml")
    assert told.code == 2
    assert (
        "job.toml:39: [losses.glaze] artgen-glaze 1.0: the options of loss 'glaze' are artgen_glaze_config:GlazeConfig, "
        f"which is no subclass of artgen.config.LossConfig, registered at {site.folder}/artgen_glaze_plugin.py:6"
    ) in told.err
    shown = artgen("plugins", "show", "artgen-glaze")
    assert shown.code == 0
    assert "no subclass of artgen.config.LossConfig" in shown.out


UNFINISHED = {
    "for type checkers": (
        "from __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\n"
        "from artgen.config import LossConfig\n\nif TYPE_CHECKING:\n    from artgen.config import Side\n\n\n"
        "class GlazeConfig(LossConfig):\n    side: Side = 8\n",
        "`GlazeConfig` is not fully defined; you should define `Side`",
    ),
    "of no file": (
        "from artgen.config import LossConfig\n\n\nclass Shine:\n    pass\n\n\nclass GlazeConfig(LossConfig):\n"
        "    model_config = {'arbitrary_types_allowed': True}\n\n    shine: Shine = Shine()\n",
        "Cannot generate a JsonSchema for core_schema.IsInstanceSchema (<class 'artgen_glaze_config.Shine'>)",
    ),
}


@pytest.mark.parametrize(("text", "flaw"), UNFINISHED.values(), ids=UNFINISHED)
def test_a_config_that_is_no_whole_model_is_told_and_harms_no_other(
    text: str, flaw: str, site: Site, artgen: Artgen, desk: Path
) -> None:
    site.install_loss("artgen-glaze")
    (site.folder / "artgen_glaze_config.py").write_text(text, encoding="utf-8")
    told = (
        "artgen-glaze 1.0: the options of loss 'glaze' are artgen_glaze_config:GlazeConfig, which no job can be read by"
    )
    place = f", registered at {site.folder}/artgen_glaze_plugin.py:6"
    schema = artgen("schema")
    assert schema.code == 0
    assert "glaze" not in schema.out
    assert f"left out: {told}" in schema.err
    assert flaw in schema.err
    assert place in schema.err
    (desk / "job.toml").write_text(job_with(), encoding="utf-8")
    assert artgen("check", "job.toml").code == 0
    for command in ("check", "plan"):
        (desk / "job.toml").write_text(job_with('type = "glaze"'), encoding="utf-8")
        checked = artgen(command, "job.toml")
        assert checked.code == 2
        assert f"job.toml:39: [losses.glaze] {told}" in checked.err
        assert place in checked.err
        assert "artgen plugins check artgen-glaze" in checked.err


def test_a_table_of_options_may_hold_others_of_its_kind(site: Site, artgen: Artgen) -> None:
    site.install_loss("artgen-glaze")
    text = (
        "from artgen.config import LossConfig, option\n\n\nclass GlazeConfig(LossConfig):\n"
        "    coats: 'list[GlazeConfig]' = option([])\n"
    )
    (site.folder / "artgen_glaze_config.py").write_text(text, encoding="utf-8")
    validator = jsonschema.Draft7Validator(json.loads(artgen("schema").out))
    assert validator.is_valid(tomli.loads(job_with('type = "glaze"\ncoats = [{weight = 2.0}]')))
    assert not validator.is_valid(tomli.loads(job_with('type = "glaze"\ncoats = 3')))


@pytest.mark.parametrize(
    ("change", "error", "place"),
    [
        (("class Glaze", "size = nowhere\n\nclass Glaze"), "NameError: name 'nowhere' is not defined", "loss.py:4"),
        (("class Glaze", "class Gloss"), "AttributeError: module 'artgen_glaze_loss' has no", "plugin.py:6"),
    ],
)
def test_a_component_that_cannot_be_imported_is_told_with_its_own_line(
    change: tuple[str, str], error: str, place: str, site: Site, artgen: Artgen, desk: Path
) -> None:
    site.install_loss("artgen-glaze", home="https://example.org/bugs")
    loss = site.folder / "artgen_glaze_loss.py"
    loss.write_text(loss.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    (desk / "job.toml").write_text(job_with('type = "glaze"'), encoding="utf-8")
    told = artgen("run", "job.toml")
    assert told.code == 1
    assert f"loss 'glaze' could not be imported from artgen_glaze_loss:Glaze: {error}" in told.err
    assert f", at {site.folder}/artgen_glaze_{place}\n" in told.err
    assert "tell its author: https://example.org/bugs" in told.err


CANVAS = """
[generator]
type = "canvas"
content = ["pictures/chelsea.png", "pictures/coffee.png"]
size = 32

[[losses]]
type = "content"

[[losses]]
type = "glaze"

[paint]
steps = 2
device = "cpu"

[[outputs]]
type = "images"
"""


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("", "a tensor of shape (1, 3, 28, 32)"),
        (".mean(dim=(1, 2, 3)).tolist()", "a list"),
        (".mean()", ""),
        (".mean(dim=(1, 2, 3))", ""),
        (".mean() if False else None", ""),
    ],
)
def test_a_loss_may_answer_a_canvas_with_what_it_may_answer_anything(
    answer: str, wrong: str, site: Site, artgen: Artgen, desk: Path
) -> None:
    site.install_loss("artgen-glaze")
    copy_pictures(desk / "pictures")
    config = site.folder / "artgen_glaze_config.py"
    options = config.read_text(encoding="utf-8") + '    paints: ClassVar = frozenset({"canvas"})\n'
    config.write_text(f"from typing import ClassVar\n\n{options}", encoding="utf-8")
    loss = site.folder / "artgen_glaze_loss.py"
    text = loss.read_text(encoding="utf-8")
    before = "square().mean(dim=(1, 2, 3)) * self.config.shine"
    assert before in text
    loss.write_text(text.replace(before, f"square(){answer}"), encoding="utf-8")
    (desk / "job.toml").write_text(CANVAS, encoding="utf-8")
    told = artgen("run", "job.toml")
    assert told.code == (1 if wrong else 0), told.err
    assert not wrong or f"the loss 'glaze' answers with {wrong}\n  A loss answers with" in told.err


def test_tables_in_its_options_are_shown_as_readable_keys(site: Site, artgen: Artgen) -> None:
    config = (
        "from artgen.config import Config, LossConfig, option\n\n\n"
        "class LightConfig(Config):\n    from_: float = option(0.2, alias='from')\n"
        '    """Where it comes from,\n    in turns."""\n    color: str = option("white")\n\n\n'
        "class GlazeConfig(LossConfig):\n    light: LightConfig = option(LightConfig(color='amber'))\n"
        "    more: tuple[LightConfig, ...] = option(())\n    wish: str | None = option(None)\n"
    )
    site.install_loss("artgen-glaze")
    (site.folder / "artgen_glaze_config.py").write_text(config, encoding="utf-8")
    told = artgen("plugins", "show", "glaze").out
    assert "  light.from = 0.2\n      Where it comes from, in turns.\n" in told
    assert '  light.color = "amber"\n' in told
    assert '  more = []\n  more.from = 0.2\n      Where it comes from, in turns.\n  more.color = "white"\n' in told
    assert "  wish = (none)\n" in told
    assert "Config(" not in told
