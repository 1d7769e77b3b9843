"""The schema that editors use and the reader say the same of every job."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import tomli

import artgen
from artgen.errors import JobError
from artgen.job import read_job
from artgen.job.schema import job_schema
from artgen.plugins import PluginManager

from .conftest import Write, plugin_of

ROOT = Path(artgen.__file__).parent.parent
GALLERY = sorted((ROOT / "gallery").glob("*/job.toml"))
PRESETS = sorted((ROOT / "artgen" / "job" / "presets").glob("*.toml"))


@pytest.fixture
def validator(manager: PluginManager) -> jsonschema.Draft7Validator:
    schema = job_schema(manager.registry)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def accepted_by_reader(path: Path, manager: PluginManager) -> bool:
    try:
        read_job(path, manager=manager)
    except JobError:
        return False
    return True


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.parent.name)
def test_both_accept_every_job_of_the_gallery(
    path: Path, validator: jsonschema.Draft7Validator, manager: PluginManager
) -> None:
    assert accepted_by_reader(path, manager)
    assert list(validator.iter_errors(tomli.loads(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_both_accept_every_preset(
    path: Path, validator: jsonschema.Draft7Validator, manager: PluginManager, write: Write
) -> None:
    job = write(path.read_text(encoding="utf-8").replace("[data]\n", '[data]\nfolder = "pictures"\n'))
    assert accepted_by_reader(job, manager)
    assert list(validator.iter_errors(tomli.loads(job.read_text(encoding="utf-8")))) == []


PAINTING = (ROOT / "tests" / "data" / "pictures" / "church-at-auvers.png").as_posix()
STYLE = f'[generator]\ntype = "canvas"\n[[losses]]\ntype = "gram-style"\nimages = ["{PAINTING}"]\n'
HEAD = '[data]\nfolder = "pictures"\n[generator]\ntype = "dcgan"\n'


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD.replace('"dcgan"', '"artgen-toolkit:dcgan"\nlatent = 3'),
        HEAD + "[train]\nkimg = 1\n",
        HEAD + "[train.generator]\nbetas = [0, 0.9]\n",
        HEAD + "[matrix]\ntrain.batch = [1, 2]\n",
        HEAD + '[[outputs]]\ntype = "sheet"\nname = "s"\n[[outputs]]\ntype = "sheet"\n',
        HEAD + '[requires]\nartgen = ">=0.1"\n',
        STYLE,
        STYLE + '[backbone]\npooling = "max"\n[paint]\nsteps = 3\noptimizer = "lbfgs"\n',
        'extends = "preset:small-folder"\n[data]\nfolder = "pictures"\n[[outputs]]\ntype = "sheet"\n',
        'extends = ["preset:dcgan-64"]\n[data]\nfolder = "pictures"\nsize = [96, 64]\n[generator]\nlatent = 9\n',
    ],
)
def test_both_accept_good_jobs(
    text: str, write: Write, validator: jsonschema.Draft7Validator, manager: PluginManager
) -> None:
    path = write(text)
    assert accepted_by_reader(path, manager)
    assert list(validator.iter_errors(tomli.loads(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[data]\nfolder = "pictures"\n',
        '[data]\n[generator]\ntype = "dcgan"\n',
        '[data]\nfolder = "pictures"\n[generator]\nlatent = 3\n',
        '[data]\nfolder = "pictures"\n[generator]\ntype = "dcgam"\n',
        "extends = 3\n" + HEAD,
        HEAD + "latnt = 3\n",
        HEAD + 'latent = "3"\n',
        HEAD + "hidden = [3]\n",
        HEAD + 'name = "x"\n',
        HEAD + "[trian]\n",
        HEAD + "[train]\nbatch = 0\n",
        HEAD + "[train]\nkimg = true\n",
        HEAD + "[train]\ndevice = 'gpu'\n",
        HEAD + "[train]\nprecision = 'fp8'\n",
        HEAD + "[train.generator]\nbetas = [0.5]\n",
        HEAD + "[train.generator]\nbetas = [0.5, 1.0]\n",
        HEAD + "[train.generator]\nskip_below = 1\n",
        HEAD + "[train.ema]\nhalflife = 1\n",
        HEAD + "[job]\nseed = -1\n",
        HEAD + "[job]\nname = 3\n",
        HEAD + "[losses]\ntype = 'adversarial'\n",
        HEAD + "[[losses]]\nweight = 1.0\n",
        HEAD + "[[losses]]\ntype = 'adversarial'\nform = 'hing'\n",
        HEAD + "[[outputs]]\ntype = 'sheet'\nremove = 1\n",
        HEAD + "[[outputs]]\nname = 'sheet'\n",
        HEAD + "[[trackers]]\ntype = 'nobody'\n",
        HEAD + "[discriminator]\ntype = 'adversarial'\n",
        HEAD + "[requires]\nartgen = 1\n",
        "extends = 'preset:small-folder'\n[data]\nfolder = 'pictures'\n[generator]\nlatnt = 3\n",
        STYLE.replace(f'images = ["{PAINTING}"]\n', ""),
        STYLE + "[paint]\nstep = 3\n",
        STYLE + "[paint]\noptimizer = 'sgd'\n",
        STYLE + "[backbone]\ntype = 'adversarial'\n",
        STYLE + "[backbone]\ntype = 'vgg16'\npooling = 'min'\n",
    ],
)
def test_both_refuse_bad_jobs(
    text: str, write: Write, validator: jsonschema.Draft7Validator, manager: PluginManager
) -> None:
    assert not accepted_by_reader(write(text), manager)
    assert list(validator.iter_errors(tomli.loads(text)))


def test_every_key_says_what_it_is_for(manager: PluginManager) -> None:
    schema = job_schema(manager.registry)
    for table in ("job", "data", "train", "paint", "quality", "generator", "discriminator", "backbone"):
        for key, value in schema["properties"][table]["properties"].items():
            assert value.get("description"), (table, key)
    assert schema["properties"]["data"]["properties"]["fit"]["default"] == "cover"


def test_the_schema_speaks_draft_7_only(manager: PluginManager) -> None:
    text = json.dumps(job_schema(manager.registry))
    assert not {word for word in ("$defs", "$ref", "prefixItems", '"const"', '"null"') if word in text}


def test_a_plugin_is_in_the_schema_and_a_broken_one_does_no_harm(manager: PluginManager, write: Write) -> None:
    def register_outputs(register: Callable[..., None]) -> None:
        register("mural", "nowhere:Mural", config="artgen.outputs.config:SheetConfig")
        register("ruin", "nowhere:Ruin", config="nowhere:RuinConfig")

    manager.load("artgen-mural", "1.0", lambda: plugin_of(register_outputs=register_outputs))
    validator = jsonschema.Draft7Validator(job_schema(manager.registry))
    good = HEAD + "[[outputs]]\ntype = 'mural'\ncolumns = 3\n"
    assert list(validator.iter_errors(tomli.loads(good))) == []
    assert accepted_by_reader(write(good), manager)
    bad = good.replace("columns", "colums")
    assert list(validator.iter_errors(tomli.loads(bad)))
    assert not accepted_by_reader(write(HEAD + "[[outputs]]\ntype = 'ruin'\n"), manager)
