"""What is wrong in a job is told all at once, each with its line and, where it can be guessed, the right word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from artgen.config import OutputConfig, option
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


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("widht = 3", "job.toml:5: [generator] unknown key 'widht'. Did you mean 'width'?"),
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
        ("[train]\nminutes = 1\ncooldown = 0.5", "job.toml:7: [train] cooldown needs kimg or steps as budget"),
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
        ("[requires]\nartgen = 1", "job.toml:6: [requires] artgen must be conditions on its version"),
        ("[discriminator]\ntype = 'dcgna'", "job.toml:6: [discriminator] unknown discriminator 'dcgna'. Did you mean"),
        ("[quality]\nfinal = 'many'", "job.toml:6: [quality] final must be a whole number, not 'many'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_plain_words(more: str, complaint: str, write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(GOOD + more + "\n"))
    assert told.startswith(complaint)


def test_what_a_job_cannot_do_without_is_asked_for(write: Write, complaints: Complaints) -> None:
    assert complaints(write("[data]\nsize = 64\n")) == [
        'job.toml: [generator] is missing: say what paints, such as type = "dcgan"',
        "job.toml:1: [data] missing key 'folder'",
    ]
    assert complaints(write("[generator]\ntype = 'dense'\n")) == [
        "job.toml:2: [generator] 'dense' learns from pictures: add [data] with folder = \"...\"",
    ]


def test_an_unknown_type_does_not_hide_other_problems(write: Write, complaints: Complaints) -> None:
    told = complaints(write("[data]\nfolder = 'no'\n[generator]\ntype = 'dcgam'\n[train]\nbatch = 0\n"))
    assert [line.split(" ")[0] for line in told] == ["job.toml:2:", "job.toml:4:", "job.toml:6:"]


def test_a_syntax_error_has_line_and_column(write: Write, complaints: Complaints) -> None:
    assert complaints(write("[data]\nfolder = pictures\n")) == ["job.toml:2:10: is not TOML: invalid value"]


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


class PickyConfig(OutputConfig):
    """Options of a throw-away generator."""

    def check_shape(self, shape: object) -> None:
        raise ValueError(f"paints squares only, not {shape}")


def test_a_plugin_can_object_to_a_job(write: Write, complaints: Complaints, manager: PluginManager) -> None:
    from artgen.errors import Problem

    def job_checked(job: object) -> list[Problem]:
        return [Problem(f"no luck with {job.name}", table="job")]  # type: ignore[attr-defined]

    manager.load("artgen-mood", "1.0", lambda: plugin_of(job_checked=job_checked))
    assert complaints(write(GOOD, "moths.toml")) == ["job: [job] no luck with moths"]
