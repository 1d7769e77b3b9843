"""What is wrong in a job is told all at once, each with its line and, where it can be guessed, the right word."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from artgen.config import File, GeneratorConfig, OutputConfig, option
from artgen.job import Job, read_job
from artgen.job.fields import change_inputs
from artgen.plugins import PluginManager

from .conftest import Write, plugin_of

Complaints = Callable[..., list[str]]

GOOD = """
[data]
folder = "pictures"
[generator]
type = "dcgan"
"""


def test_many_mistakes_are_told_at_once_each_with_its_line(write: Write, complaints: Complaints) -> None:
    told = complaints(
        write(
            """
            [job]
            sed = 7
            [data]
            folder = "picture"
            size = 30
            fit = "cvoer"
            [generator]
            type = "dcgan"
            latnt = 3
            [train]
            kimg = "abc"
            batch = 0
            [train.generator]
            betas = [
              0.5,
              1.5,
            ]
            [[outputs]]
            type = "galery"
            [[outputs]]
            type = "sheet"
            columns = 2.5
            """
        )
    )
    assert [line.partition(" (looked for")[0] for line in told] == [
        "job.toml:2: [job] unknown key 'sed'. Did you mean 'seed'?",
        "job.toml:4: [data] folder 'picture' does not exist",
        "job.toml:5: [data] size: 30 is no possible side: sides are multiples of 8 and at least 16 pixels; "
        "nearest: 24 or 32",
        "job.toml:6: [data] fit must be one of 'cover', 'contain', 'stretch', not 'cvoer'. Did you mean 'cover'?",
        "job.toml:9: [generator] unknown key 'latnt'. Did you mean 'latent'?",
        "job.toml:11: [train] kimg must be a number, not 'abc'",
        "job.toml:12: [train] batch must be at least 1, not 0",
        "job.toml:16: [train.generator] betas[1] must be below 1, not 1.5",
        "job.toml:19: [outputs.galery] unknown output 'galery'. Did you mean 'gallery'?",
        "job.toml:22: [outputs.sheet] columns must be a whole number, not 2.5",
    ]
    assert told[1].endswith("Did you mean 'pictures'?")


def test_the_source_line_is_shown(write: Write, manager: PluginManager) -> None:
    from artgen.errors import JobError
    from artgen.job import read_job

    with pytest.raises(JobError) as caught:
        read_job(write(GOOD + "latnt = 3  # oh\n"), manager=manager)
    assert (
        str(caught.value) == "job.toml:5: [generator] unknown key 'latnt'. Did you mean 'latent'?\n    latnt = 3  # oh"
    )


def test_a_key_without_its_unit_is_meant_rather_than_that_of_another_table() -> None:
    from artgen.job.words import unknown_key

    homes = {"width": ("generator",), "batch": ("train",)}
    assert unknown_key("width", ["method", "width_mm"], homes) == "unknown key 'width'. Did you mean 'width_mm'?"
    assert unknown_key("batch", ["method", "width_mm"], homes) == "unknown key 'batch'. It belongs in [train]"


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("widht = 3", "job.toml:5: [generator] unknown key 'widht'. Did you mean 'width'?"),
        ("batch = 8", "job.toml:5: [generator] unknown key 'batch'. It belongs in [train]"),
        ("rate = 0.1", "job.toml:5: [generator] unknown key 'rate'. It belongs in [train.generator] or [train.discrim"),
        ("[train]\nlatent = 64", "job.toml:6: [train] unknown key 'latent'. It belongs in [generator]"),
        ("[train]\nlr = 0.1", "job.toml:6: [train] unknown key 'lr'. Did you mean 'rate'? It belongs in [train.gen"),
        ("[train.generator]\nlr = 0.1", "job.toml:6: [train.generator] unknown key 'lr'. Did you mean 'rate'?"),
        ("[Train]\nbatch = 8", "job.toml:5: unknown key 'Train'. Did you mean 'train'?"),
        ("[discriminator]\ntype = 'DCGAN'", "job.toml:6: [discriminator] unknown discriminator 'DCGAN'. Did you mean 'd"),
        ("width = true", "job.toml:5: [generator] width must be a whole number, not true"),
        ("widths = 3", "job.toml:5: [generator] widths must be a list, not 3"),
        ("norm = 3", "job.toml:5: [generator] norm must be one of 'batch', 'spectral', 'none', not 3"),
        ("[trian]", "job.toml:5: unknown key 'trian'. Did you mean 'train'?"),
        ("[train]\nkimg = inf", "job.toml:6: [train] kimg must be a finite number"),
        ("[train]\ndevice = 'cudo'", "job.toml:6: [train] device cannot be 'cudo'. Did you mean 'cuda'?"),
        ("[train]\ncooldown = 2", "job.toml:6: [train] cooldown must be at most 1, not 2"),
        ("[train]\nkimg = 0", "job.toml:6: [train] kimg must be above 0, not 0"),
        ("[train.generator]\nbetas = [0.5]", "job.toml:6: [train.generator] betas must have at least 2 entries, not 1"),
        ("[train]\nema = 3", "job.toml:6: [train] ema must be a table, not 3"),
        ("[train]\nkimg = 1\nsteps = 2", "job.toml:7: [train] steps and kimg are both a budget"),
        ("[train]\nfrm = 'runs/x'", "job.toml:6: [train] unknown key 'frm'. Did you mean 'from'?"),
        ("[train]\nfrom_ = 'runs/x'", "job.toml:6: [train] unknown key 'from_'. Did you mean 'from'?"),
        ("[train]\nfrom = 'runs/x'", "job.toml:6: [train] from: folder 'runs/x' does not exist"),
        ("[train]\nfrom = '~nobody-of-ours/x'", "job.toml:6: [train] from: folder '~nobody-of-ours/x' does not exist"),
        ("[[train.stages]]\nsize = 16\nkimgs = 3", "job.toml:7: [train.stages.0] unknown key 'kimgs'. Did you mean"),
        ("[[train.stages]]\nkimg = 3", "job.toml:5: [train.stages.0] missing key 'size'"),
        ("[train]\nstages = 3", "job.toml:6: [train] stages must be a list, not 3"),
        ("[train.generator]\nbetas = '0.5'", "job.toml:6: [train.generator] betas must be a list, not '0.5'"),
        ("[train]\ncheckpoint_kimg = 1\ncheckpoint_steps = 2", "job.toml:6: [train] checkpoint_kimg and"),
        ("[job]\nname = 'a/b'", "job.toml:6: [job] name: 'a/b' cannot hold '/'"),
        ("[job]\nname = 'CON'", "job.toml:6: [job] name: 'CON' is a name that Windows keeps for itself"),
        ("[job]\nseed = -1", "job.toml:6: [job] seed must be at least 0, not -1"),
        ("[losses]\ntype = 'adversarial'", "job.toml:5: [losses] is a list: write its header in double brackets"),
        ("[[losses]]\nweight = 1.0", "job.toml:5: [losses] this loss needs a type, in quotes"),
        ("[[losses]]\ntype = 'total-variation'", "job.toml:5: [losses] no loss trains"),
        ("[[losses]]\ntype = 3", "job.toml:5: [losses] this loss needs a type, in quotes"),
        (
            "[[outputs]]\ntype = 'sheet'\n[[outputs]]\ntype = 'sheet'",
            "job.toml:7: [outputs.sheet] two outputs are named 'sheet'",
        ),
        ("[[outputs]]\ntype = 'sheet'\nname = 'a/b'", "job.toml:7: [outputs] 'a/b' is no name"),
        ("[requires]\nartgen = '>=99'", "job.toml:6: [requires] this job needs artgen >=99; installed is"),
        ("[requires]\nartgen-nosuch = '>=1'", "job.toml:6: [requires] this job needs artgen-nosuch >=1, which is not"),
        ("[requires]\nartgen-ray = '>=9'", "job.toml:6: [requires] this job needs artgen-ray >=9"),
        ("[requires]\nartgen = 1", "job.toml:6: [requires] artgen must be conditions on its version"),
        ("[discriminator]\ntype = 'dcgna'", "job.toml:6: [discriminator] unknown discriminator 'dcgna'. Did you mean"),
        ("[quality]\nfinal = 'many'", "job.toml:6: [quality] final must be a whole number, not 'many'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_plain_words(more: str, complaint: str, write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(GOOD + more + "\n"))
    assert told.startswith(complaint)


def test_what_artgen_brings_itself_is_installed_from_its_folder(write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(GOOD + "[requires]\nartgen-ray = '>=9'\n"))
    assert "Try, in the folder with artgen's README.md: pip install ./plugins/artgen-ray" in told


def test_what_a_job_cannot_do_without_is_asked_for(write: Write, complaints: Complaints) -> None:
    assert complaints(write("[data]\nsize = 64\n")) == [
        'job.toml: [generator] is missing: say what paints, such as type = "dcgan", or extends = "preset:auto"',
        "job.toml:1: [data] missing key 'folder'",
    ]
    assert complaints(write("[generator]\ntype = 'dense'\n")) == [
        "job.toml:2: [generator] 'dense' learns from pictures: add [data] with folder = \"...\"",
    ]


@pytest.mark.parametrize(
    ("job", "complaint"),
    [
        ("extends = 'preset:auto'\n[dta]\nfolder = 'pictures'", "job.toml:2: unknown key 'dta'. Did you mean 'data'?"),
        ("extend = 'preset:auto'\n[data]\nfolder = 'pictures'", "job.toml:1: unknown key 'extend'. Did you mean"),
        (GOOD.replace("generator", "generatr"), "job.toml:3: unknown key 'generatr'. Did you mean 'generator'?"),
        (GOOD.replace("folder", "foldr"), "job.toml:2: [data] unknown key 'foldr'. Did you mean 'folder'?"),
        (f"{GOOD}[[loses]]\ntype = 'relativistic'", "job.toml:5: unknown key 'loses'. Did you mean 'losses'?"),
        ("extends = 'preset:autoo'\n[data]\nsize = 64", "job.toml:1: unknown preset 'autoo'. Did you mean 'auto'?"),
        ("extends = 'b.toml'\n[[losses]]\nname = 'r1'\nremove = true", "job.toml:1: extends 'b.toml': there is no"),
        ("extends = '~b.toml'\n[train]\nbatch = 4", "job.toml:1: extends '~b.toml': there is no such file"),
        (
            "extends = 'preset:auto'\n[data]\nfolder = '~pictures'",
            "job.toml:3: [data] folder '~pictures' does not exist",
        ),
        ("extends = ['preset:auto', 'b.toml']\n[train]\nbatch = 4", "job.toml:1: extends 'b.toml': there is no"),
        (f"kimg = 5\n{GOOD}", "job.toml:1: unknown key 'kimg'. It belongs in [train]"),
        (
            "extends = 'small-folder'",
            "job.toml:1: extends 'small-folder': there is no such file. Did you mean \"preset:",
        ),
        ("extends = 'preset:auto'", "job.toml: [data] missing key 'folder'"),
        ("extends = 'preset:small-folder'", "job.toml: [data] missing key 'folder'"),
    ],
)
def test_one_mistake_is_one_problem(job: str, complaint: str, write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(job))
    assert told.startswith(complaint)


def test_what_is_wrong_under_a_misspelt_header_is_told_too(write: Write, complaints: Complaints) -> None:
    assert complaints(write(GOOD + "[trian]\nbatch = 0\n")) == [
        "job.toml:5: unknown key 'trian'. Did you mean 'train'?",
        "job.toml:6: [train] batch must be at least 1, not 0",
    ]
    assert complaints(write("extends = 'b.toml'\n[train]\nbatch = 0\n")) == [
        "job.toml:1: extends 'b.toml': there is no such file",
        "job.toml:3: [train] batch must be at least 1, not 0",
    ]


def test_a_pattern_is_answered_with_its_folder(write: Write, complaints: Complaints) -> None:
    for pattern, folder in (("pictures/*.webp", "pictures"), ("pictures/**/*", "pictures"), ("*.webp", ".")):
        told = f"job.toml:2: [data] '{pattern}' is a pattern of files: the folder is '{folder}', and all pictures in it count"
        assert complaints(write(GOOD.replace("pictures", pattern))) == [told]


def test_extends_cannot_be_set(write: Write, complaints: Complaints) -> None:
    assert complaints(write(GOOD), "extends=preset:dcgan-64") == [
        "--set extends=preset:dcgan-64: extends is followed before anything else is known: write it in the job file"
    ]


def test_an_unknown_type_does_not_hide_other_problems(write: Write, complaints: Complaints) -> None:
    told = complaints(write("[data]\nfolder = 'no'\n[generator]\ntype = 'dcgam'\n[train]\nbatch = 0\n"))
    assert [line.split(" ")[0] for line in told] == ["job.toml:2:", "job.toml:4:", "job.toml:6:"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("folder = pictures", '2:10: is not TOML: invalid value. Text stands in straight quotes: "pictures"'),
        ("folder = “pictures”", '2:10: is not TOML: invalid value. Text stands in straight quotes: "pictures"'),
        (r"folder = C:\pictures", r"2:10: is not TOML: invalid value. Text stands in straight quotes: 'C:\pictures'"),
        ("folder = # later", "2:10: is not TOML: invalid value. Behind the equals sign stands a value"),
        ("mirror = True", "2:10: is not TOML: invalid value. Write true"),
        ("size = [3,\n[train]", "3:2: is not TOML: invalid value. A bracket above is not closed"),
        ("betas = [a, b]", '2:10: is not TOML: invalid value. Text stands in straight quotes: "a"'),
        (r'folder = "C:\photos"', "2:15: is not TOML: unescaped '\\' in a string. Write \"C:/photos\" or 'C:\\photos'"),
        (r'folder = "C:\users"', "2:15: is not TOML: invalid hex value. Write \"C:/users\" or 'C:\\users'"),
        ('folder = "a"\nfolder = "b"', "3:13: is not TOML: cannot overwrite a value. This key is there already: keep"),
        ("size = 64\n[data]", "3:6: is not TOML: [data] is there already. Put all that it says under one header"),
        ('folder: "a"', "2:7: is not TOML: expected '=' after a key in a key/value pair. A key, an equals sign and a"),
        ('folder = "a', "2:12: is not TOML: illegal character '\\n'. A quote is not closed"),
        ("size = 64px", "2:10: is not TOML: expected newline or end of document after a statement. A value ends the line"),
    ],
)  # fmt: skip
def test_a_syntax_error_has_line_and_column_and_says_what_to_write(
    line: str, complaint: str, write: Write, complaints: Complaints
) -> None:
    (told,) = complaints(write(f"[data]\n{line}\n"))
    assert told.startswith(f"job.toml:{complaint}")


@pytest.mark.parametrize(("content", "complaint"), [(b"\xff", "is not UTF-8 text"), (None, "there is no such file")])
def test_a_file_that_cannot_be_read_is_a_problem(
    content: bytes | None, complaint: str, tmp_path: Path, complaints: Complaints
) -> None:
    path = tmp_path / "odd.toml"
    if content is not None:
        path.write_bytes(content)
    (told,) = complaints(path)
    assert complaint in told


def test_a_folder_with_a_job_says_so(write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(GOOD).parent)
    assert told.endswith("is a folder; name the job file in it")


class FilmConfig(OutputConfig):
    """Options of a throw-away output."""

    scenes: list[SceneConfig] = option([])
    """What is shown."""
    speed: float | list[float] = option(1.0)
    """One or several."""


class SceneConfig(OutputConfig):
    """A table inside a list."""

    seconds: float = option(1.0, gt=0)
    """How long."""


FilmConfig.model_rebuild()


def test_mistakes_inside_lists_of_tables_and_alternatives_are_located(
    write: Write, complaints: Complaints, manager: PluginManager
) -> None:
    def register_outputs(register: Callable[..., None]) -> None:
        register("reel", "nowhere:Reel", config=f"{__name__}:FilmConfig")

    manager.load("artgen-reel", "1.0", lambda: plugin_of(register_outputs=register_outputs))
    told = complaints(
        write(
            GOOD
            + """
[[outputs]]
type = "reel"
speed = "fast"
[[outputs.scenes]]
seconds = 1
[[outputs.scenes]]
secnds = 1
seconds = -1
[[outputs]]
type = "reel"
name = "second"
speed = [1, "a"]
"""
        )
    )
    assert told == [
        "job.toml:8: [outputs.reel] speed must be a number or a list, not 'fast'",
        "job.toml:12: [outputs.reel.scenes.1] unknown key 'secnds'. Did you mean 'seconds'?",
        "job.toml:13: [outputs.reel.scenes.1] seconds must be above 0, not -1",
        "job.toml:17: [outputs.second] speed[1] must be a number, not 'a'",
    ]


def test_a_network_can_refuse_a_shape_before_it_is_built(
    write: Write, complaints: Complaints, manager: PluginManager
) -> None:
    def register_generators(register: Callable[..., None]) -> None:
        register("picky", "nowhere:Picky", config=f"{__name__}:PickyConfig")

    manager.load("artgen-picky", "1.0", lambda: plugin_of(register_generators=register_generators))
    path = write(
        """
        [data]
        folder = "pictures"
        [generator]
        type = "picky"
        [discriminator]
        type = "dense"
        """
    )
    assert complaints(path) == ["job.toml:3: [generator] paints squares only, not 64×64×3"]


GROWING = """
[data]
folder = "pictures"
[generator]
type = "dcgan"
growing = true
[discriminator]
type = "dcgan"
growing = true
[[train.stages]]
size = 16
kimg = 3
[[train.stages]]
size = 64
fade_kimg = 1
"""


def test_stages_grow_to_the_size_of_the_pictures(
    write: Write, complaints: Complaints, read: Callable[..., Job]
) -> None:
    assert [stage.kimg for stage in read(write(GROWING)).train.stages] == [3, None]
    assert complaints(write(GROWING.replace("size = 16", "size = 64"))) == [
        "job.toml:13: [train.stages.1] size must grow from stage to stage: 64 comes after 64"
    ]
    assert complaints(write(GROWING.replace("kimg = 3\n", "").replace("fade_kimg", "kimg"))) == [
        "job.toml:9: [train.stages.0] missing key 'kimg': only the last stage lasts to the end of the budget",
        "job.toml:13: [train.stages.1] the last stage lasts to the end of the budget: leave kimg out",
    ]
    text = "job.toml:13: [train.stages.1] the last stage must have the pictures' own size, whose shorter side is 32, not 64"
    assert text in complaints(write(GROWING), "data.size=[32, 48]")
    (told,) = complaints(write(GROWING), "generator.growing=false")
    assert told == "--set generator.growing=false: [generator] dcgan grows in stages only when it is built for it: " \
                   "write growing = true"  # fmt: skip


def test_the_budget_lasts_into_the_last_stage_and_a_fade_no_longer_than_its_stage(
    write: Write, complaints: Complaints, read: Callable[..., Job]
) -> None:
    job = write(GROWING)
    text = "job.toml:13: [train.stages.1] the stages before take 3 kimg, and the whole budget is"
    assert complaints(job, "train.kimg=3") == [f"{text} 3: raise [train] kimg"]
    assert complaints(job, "train.steps=20", "train.batch=100") == [f"{text} 2: raise [train] steps"]
    assert read(job, "train.steps=20", "train.batch=100", "train.discriminator.updates=2").train.steps == 20
    assert read(job, "train.minutes=1").train.minutes == 1
    assert complaints(write(GROWING.replace("kimg = 3\n", "kimg = 3\nfade_kimg = 2\n"))) == [
        "job.toml:12: [train.stages.0] the first stage has nothing to fade from: leave fade_kimg out"
    ]
    between = "kimg = 3\n[[train.stages]]\nsize = 32\nkimg = 3\nfade_kimg = 4\n"
    assert complaints(write(GROWING.replace("kimg = 3\n", between))) == [
        "job.toml:15: [train.stages.1] fade_kimg is part of kimg, and 4 is more than 3"
    ]
    (told,) = complaints(write(GROWING), "train.kimg=3.5")
    assert told.startswith(
        "job.toml:14: [train.stages.1] the budget leaves 0.5 kimg to this stage, and it would fade in over 1"
    )


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (
            "[[losses]]\ntype = 'adversarial'\n[[losses]]\ntype = 'path-length'",
            "job.toml:7: [losses.path-length] loss 'path-length' needs a generator with a mapping network; 'dcgan' has "
            "none: stylegan-lite has",
        ),
        (
            "[[losses]]\ntype = 'adversarial'\n[[losses]]\ntype = 'reconstruction'",
            "job.toml:7: [losses.reconstruction] loss 'reconstruction' needs a discriminator with a decoder; 'dcgan' has "
            "none: lightweight has",
        ),
        (
            "[discriminator]\ntype = 'msg'",
            "job.toml:6: [discriminator] discriminator 'msg' needs a generator with every size of a picture at once; "
            "'dcgan' has none: msg has",
        ),
        (
            "[discriminator]\ntype = 'dense'\n[[train.stages]]\nsize = 64",
            "job.toml:7: [train] stages needs a discriminator with stages to grow in; 'dense' has none: dcgan, ",
        ),
    ],
)
def test_what_a_network_cannot_do_is_told_with_those_that_can(
    more: str, complaint: str, write: Write, complaints: Complaints
) -> None:
    assert any(told.startswith(complaint) for told in complaints(write(GOOD + more + "\n")))


def test_a_loss_without_an_end_cannot_say_when_to_skip(write: Write, complaints: Complaints) -> None:
    job = GOOD + "[[losses]]\ntype = 'adversarial'\nform = 'wasserstein'\n[train.discriminator]\nskip_below = 0.1\n"
    (told,) = complaints(write(job))
    assert told.startswith("job.toml:9: [train.discriminator] skip_below goes by a loss that comes to 0 as the")


def test_batch_norm_over_numbers_needs_two_pictures(
    write: Write, complaints: Complaints, read: Callable[..., Job]
) -> None:
    job = GOOD.replace("dcgan", "dense") + "norm = 'batch'\n[train]\nbatch = 1\n"
    (told,) = complaints(write(job))
    assert told == (
        "job.toml:7: [train] batch = 1 leaves generator 'dense' too few pictures to compare with each other: it needs 2 "
        "or more"
    )
    assert "needs 4 or more" in complaints(write(job), "train.batch=3", "train.devices=2")[0]
    assert read(write(job), "train.batch=2").train.batch == 2
    assert read(write(GOOD), "train.batch=1").train.batch == 1


def test_pictures_that_are_looked_at_together_stay_in_one_process(
    write: Write, complaints: Complaints, read: Callable[..., Job]
) -> None:
    job = GOOD.replace("dcgan", "stylegan-lite") + "[train]\nbatch = 4\ndevices = 2\n"
    (told,) = complaints(write(job))
    assert told == (
        "job.toml:7: [train] devices = 2 cannot share a batch of 4: discriminator 'stylegan-lite' looks at 4 pictures "
        "together. Write batch = 8 or more, or a smaller minibatch_stddev"
    )
    assert read(write(job), "train.batch=5").train.batch == 5
    assert read(write(job), "discriminator.minibatch_stddev=2").train.batch == 4


def test_classes_need_networks_that_know_them(write: Write, complaints: Complaints) -> None:
    told = complaints(write(GOOD.replace("[generator]", "classes = true\n[generator]").replace("dcgan", "dense")))
    assert len(told) == 2
    assert told[0].startswith("job.toml:3: [data] classes = true needs a generator with a place for classes; 'dense'")


def test_two_games_at_once_and_a_cooldown_by_the_clock_are_fine(write: Write, read: Callable[..., Job]) -> None:
    losses = "[[losses]]\ntype = 'adversarial'\n[[losses]]\ntype = 'relativistic'\n"
    job = read(write(GOOD + losses + "[train]\nminutes = 1\ncooldown = 0.5\n"))
    assert (len(job.losses), job.train.cooldown) == (2, 0.5)


class PickyConfig(GeneratorConfig):
    """Options of a throw-away generator."""

    def check_shape(self, shape: object) -> None:
        raise ValueError(f"paints squares only, not {shape}")


class HiddenConfig(GeneratorConfig):
    """Options with a file that may also be a word."""

    mask: File | Literal["none"] = "none"
    picture: File | None = None


def test_a_word_that_may_stand_for_a_file_is_none() -> None:
    data = {"mask": "none", "picture": "none"}
    assert change_inputs(HiddenConfig, data, lambda *_: "found") == {"mask": "none", "picture": "found"}
    assert change_inputs(HiddenConfig, {"mask": "a.png"}, lambda *_: "found") == {"mask": "found"}


def test_a_plugin_can_object_to_a_job(write: Write, complaints: Complaints, manager: PluginManager) -> None:
    from artgen.errors import Problem

    def job_checked(job: object) -> list[Problem]:
        return [Problem(f"no luck with {job.name}", table="job")]  # type: ignore[attr-defined]

    manager.load("artgen-mood", "1.0", lambda: plugin_of(job_checked=job_checked))
    assert complaints(write(GOOD, "moths.toml")) == ["job: [job] no luck with moths"]


def test_a_date_without_quotes_is_told_with_its_line(write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(GOOD.replace('"pictures"', "2024-05-01")))
    assert told == ('job.toml:2: [data] folder is a date or a time where it stands without quotes: write "2024-05-01"')


def test_no_output_is_called_as_the_sheets_of_a_training(write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(GOOD + "[[outputs]]\ntype = 'images'\nname = 'progress'\n"))
    assert told.startswith("job.toml:7: [outputs] 'progress' cannot be its name: the sheets that a training makes")


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_path_is_found_from_where_a_folder_is_that_a_link_leads_to(write: Write, manager: PluginManager) -> None:
    path = write(GOOD.replace("pictures", "../pictures"), "deep/er/job.toml")
    (path.parent.parent / "pictures").mkdir()
    (path.parent.parent.parent / "jobs").symlink_to(path.parent)
    (job,) = read_job(path.parent.parent.parent / "jobs" / "job.toml", manager=manager)
    assert job.data
    assert job.data.folder == path.parent.parent / "pictures"


def test_a_job_is_called_by_its_file(write: Write, read: Callable[..., Job]) -> None:
    assert read(write(GOOD, "v-0.5.toml")).name == "v-0.5"
