"""Jobs add to presets and other files, and every value remembers who stated it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from artgen.job import Job
from artgen.job.steps import steps_of_job

from .conftest import Write

Read = Callable[..., Job]
Complaints = Callable[..., list[str]]

BASE = """
[data]
folder = "pictures"
[generator]
type = "dcgan"
width = 16
[[losses]]
type = "adversarial"
form = "bce"
[[losses]]
type = "total-variation"
name = "smooth"
[train]
kimg = 9
batch = 4
"""


def test_a_folder_and_a_preset_are_a_whole_job(write: Write, read: Read) -> None:
    job = read(write('extends = "preset:small-folder"\n[data]\nfolder = "pictures"\n', "moths.toml"))
    assert job.name == "moths"
    assert (job.generator.type, job.discriminator and job.discriminator.name) == ("artgen-toolkit:dcgan", "dcgan")
    assert job.tasks == ["train", "output:sheet", "output:interpolation", "output:gallery"]
    assert str(job.sources["generator.upsampling"]).startswith("preset:small-folder:")
    assert str(job.sources["data.folder"]) == "moths.toml:3"
    assert job.sources["data.mirror"].kind == "default"


@pytest.mark.parametrize(
    "preset",
    ["auto", "dcgan-64", "lightweight-100", "msg", "progressive", "r3gan", "small-folder", "stylegan2-auto"],
)
def test_every_preset_makes_a_job(preset: str, write: Write, read: Read) -> None:
    assert read(write(f'extends = "preset:{preset}"\n[data]\nfolder = "pictures"\n')).train.kimg


def test_tables_merge_named_lists_merge_by_name_all_else_replaces(write: Write, read: Read) -> None:
    write(BASE, "shared/base.toml")
    (write("", "x").parent / "shared" / "pictures").mkdir()
    job = read(
        write(
            """
            extends = "shared/base.toml"
            [generator]
            latent = 8
            [[losses]]
            name = "smooth"
            weight = 0.5
            [[losses]]
            type = "adversarial"
            form = "hinge"
            [train]
            batch = 8
            """
        )
    )
    assert (job.generator.config.width, job.generator.config.latent) == (16, 8)
    assert [(loss.name, loss.component.name) for loss in job.losses] == [
        ("adversarial", "adversarial"),
        ("smooth", "total-variation"),
    ]
    assert (job.losses[0].config.form, job.losses[1].config.weight) == ("hinge", 0.5)
    assert (job.train.kimg, job.train.batch) == (9, 8)
    assert job.data
    assert job.data.folder == write("", "x").parent / "shared" / "pictures"
    assert str(job.sources["generator.width"]) == "base.toml:5"


def test_another_type_drops_the_options_of_the_old_one(write: Write, read: Read) -> None:
    write(BASE, "base.toml")
    job = read(write('extends = "base.toml"\n[generator]\ntype = "dense"\n'))
    assert job.generator.component.name == "dense"
    assert job.generator.config.hidden == [256, 512, 1024]
    assert job.discriminator
    assert job.discriminator.component.name == "dense"


def test_an_entry_can_be_removed_and_a_list_emptied(write: Write, read: Read, complaints: Complaints) -> None:
    write(BASE, "base.toml")
    job = read(write('extends = "base.toml"\naugmentations = []\n[[losses]]\nname = "smooth"\nremove = true\n'))
    assert [loss.name for loss in job.losses] == ["adversarial"]
    assert job.augmentations == ()
    told = complaints(write('extends = "base.toml"\n[[losses]]\nname = "smoth"\nremove = true\n'))
    assert told == ["job.toml:4: [losses.smoth] nothing named 'smoth' to remove; what it extends has: "
                    "'adversarial', 'smooth'"]  # fmt: skip


def test_another_kind_of_budget_replaces_the_inherited_one(write: Write, read: Read) -> None:
    write(BASE, "base.toml")
    job = read(write('extends = "base.toml"\n[train]\nminutes = 3\n'))
    assert (job.train.kimg, job.train.minutes) == (None, 3)


def test_what_is_last_in_the_list_wins(write: Write, read: Read) -> None:
    write(BASE, "a.toml")
    write("[train]\nbatch = 7\n", "b.toml")
    assert read(write('extends = ["a.toml", "b.toml"]\n')).train.batch == 7


def test_gans_are_augmented_unless_the_job_says_otherwise(write: Write, read: Read) -> None:
    assert [part.name for part in read(write(BASE)).augmentations] == ["diffaugment"]
    assert read(write("augmentations = []\n" + BASE)).augmentations == ()


def test_without_a_budget_there_is_one(write: Write, read: Read) -> None:
    job = read(write("[data]\nfolder = 'pictures'\n[generator]\ntype = 'dense'\n[train]\nbatch = 30\n"))
    assert (job.train.kimg, steps_of_job(job)) == (100, 3334)


@pytest.mark.parametrize(
    ("extends", "complaint"),
    [
        ('"preset:smal-folder"', "job.toml:1: unknown preset 'smal-folder'. Did you mean 'small-folder'?"),
        ('"nothing.toml"', "job.toml:1: extends 'nothing.toml': there is no such file"),
        ('[\n "preset:small-folder",\n "job.toml"]', "job.toml:3: extends goes in a circle"),
        ("3", "job.toml:1: extends must be"),
    ],
)
def test_what_cannot_be_extended_is_told(extends: str, complaint: str, write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(f"extends = {extends}\n{BASE}"))
    assert told.startswith(complaint)


def test_a_circle_over_two_files_is_found_where_it_closes(write: Write, complaints: Complaints) -> None:
    write('\nextends = "job.toml"\n', "b.toml")
    assert complaints(write('extends = "b.toml"\n' + BASE)) == [
        "b.toml:2: extends goes in a circle: 'job.toml' extends this file"
    ] or complaints(write('extends = "b.toml"\n' + BASE))[0].startswith("b.toml:")


def test_a_mistake_in_an_inherited_file_is_told_at_its_own_line(write: Write, complaints: Complaints) -> None:
    write("[train]\nbatch = 0\n", "b.toml")
    assert complaints(write('extends = "b.toml"\n' + BASE.replace("batch = 4\n", ""))) == [
        "b.toml:2: [train] batch must be at least 1, not 0"
    ]


def test_set_wins_and_reaches_into_lists_by_name_and_number(write: Write, read: Read) -> None:
    job = read(write(BASE), "train.batch=2", "losses.smooth.weight=0.25", "losses.0.form=hinge", "job.name=moths 2")
    assert (job.train.batch, job.losses[1].config.weight, job.losses[0].config.form) == (2, 0.25, "hinge")
    assert job.name == "moths 2"
    assert str(job.sources["train.batch"]) == "--set train.batch=2"


def test_set_tunes_defaults_adds_removes_and_replaces(write: Write, read: Read) -> None:
    path = write(BASE)
    assert {o.name: o for o in read(path, "outputs.gallery.count=9").outputs}["gallery"].config.count == 9
    assert [o.name for o in read(path, "outputs.sheet.remove=true").outputs] == ["gallery", "interpolation"]
    assert [o.name for o in read(path, 'outputs=[{type="images"}]', "outputs.images.seeds='3'").outputs] == ["images"]
    assert [o.name for o in read(path, "outputs.more.type=sheet").outputs][-1] == "more"
    assert read(path, "augmentations=[]").augmentations == ()
    assert read(path, "generator.type=dense").generator.config.latent == 100
    assert read(path, "train.minutes=1").train.kimg is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("train.bacth=3", "--set train.bacth=3: [train] unknown key 'bacth'. Did you mean 'batch'?"),
        ("trian.batch=3", "--set trian.batch=3: unknown key 'trian'. Did you mean 'train'?"),
        ("train.batch=few", "--set train.batch=few: [train] batch must be a whole number, not 'few'"),
        ("outputs.galery.count=3", "--set outputs.galery.count=3: [outputs] there is no output 'galery'. Did you mean"),
        ("outputs.9.count=3", "--set outputs.9.count=3: [outputs] there is no output '9'. There are: sheet, gallery"),
        ("train.batch", "--set train.batch: must be written as key=value"),
        ("=3", "--set =3: must be written as key=value"),
        ("data.folder=nowhere", "--set data.folder=nowhere: [data] folder 'nowhere' does not exist"),
        (
            "generator.type=dens",
            "--set generator.type=dens: [generator] unknown generator 'dens'. Did you mean 'dense'?",
        ),
    ],
)
def test_a_wrong_set_is_told_as_such(text: str, complaint: str, write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(BASE), text)
    assert told.startswith(complaint)


def test_paths_of_set_start_from_the_current_folder(write: Write, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(BASE)
    other = path.parent / "elsewhere"
    (other / "mine").mkdir(parents=True)
    monkeypatch.chdir(other)
    job = read(path, "data.folder=mine")
    assert job.data
    assert job.data.folder == other / "mine"
