"""Starting from another run's weights."""

from __future__ import annotations

import shutil

import pytest
from safetensors.numpy import load

from tests.run.conftest import Desk


def from_tiny(desk: Desk, *sets: str, jobs: int = 1, code: int = 0) -> str:
    words = [word for text in ('job.name="next"', 'train.from="runs/tiny"', *sets) for word in ("--set", text)]
    return desk.artgen("run", "job.toml", "--jobs", str(jobs), *words, code=code)


def let_it_grow(desk: Desk, widths: str = "max_width = 8") -> None:
    for kind in ("generator", "discriminator"):
        more = "\nlatent = 8" if kind == "generator" else ""
        old = 'type = "dcgan"\nlatent = 8\nwidth = 4' if kind == "generator" else 'type = "dcgan"\nwidth = 4'
        desk.edit(f"[{kind}]\n{old}", f'[{kind}]\ntype = "stylegan-lite"\n{widths}{more}')


def train_what_can_grow(desk: Desk) -> None:
    let_it_grow(desk)
    desk.artgen("run", "job.toml", "--set", "train.steps=4")


@pytest.fixture
def trained(desk: Desk) -> Desk:
    desk.artgen("run", "job.toml")
    return desk


def test_another_run_starts_with_the_weights_of_the_first(trained: Desk):
    said = from_tiny(trained, "train.steps=1", "train.generator.rate=1e-12")
    assert "took over 100% of the generator's" in said
    old, new = (
        load(trained.weights(trained.folder / "runs" / name)["generator.safetensors"]) for name in ("tiny", "next")
    )
    assert all(abs(old[name] - new[name]).max() < 1e-6 for name in old if "running" not in name and "num_" not in name)


def test_a_trained_network_grows_to_the_next_size(desk: Desk):
    train_what_can_grow(desk)
    said = from_tiny(desk, "data.size=32", "train.steps=1", "train.generator.rate=1e-12")
    assert "took over" in said
    old, new = (load(desk.weights(desk.folder / "runs" / name)["ema.safetensors"]) for name in ("tiny", "next"))
    assert set(old) < set(new)
    assert all(abs(old[name] - new[name]).max() < 1e-6 for name in old)


def test_a_network_with_other_options_does_not_pass_for_one_that_grew(desk: Desk):
    train_what_can_grow(desk)
    said = from_tiny(desk, "data.size=32", "generator.latent=6", code=1)
    assert "its generator has latent = 8, and this job's latent = 6" in said
    assert "write [generator] latent = 8, or start from another run" in said
    from_tiny(desk, "data.size=32", "generator.style_mixing=0.5", "train.steps=1")


def test_what_large_pictures_have_of_another_width_is_told_and_a_width_that_keeps_it(desk: Desk):
    """A side of 368 pixels counts as 512, from where on stylegan-lite's tables are twice as wide."""
    let_it_grow(desk, "max_width = 16\nwidth = 0.0625")
    sets = ("train.batch=2", "train.steps=1", "outputs=[]", "train.generator.rate=1e-12")
    words = [word for text in ('job.name="small"', "data.size=184", *sets) for word in ("--set", text)]
    desk.artgen("run", "job.toml", *words)
    grown = ('train.from="runs/small"', "data.size=368", *sets)
    halved = ("generator.width=0.03125", "discriminator.width=0.03125")

    said = from_tiny(desk, *grown)
    assert "new, as they have another width at this size: the generator's blocks.92x92, blocks.184x184 (" in said
    assert "([generator] width = 0.03125 would keep them), the discriminator's " in said
    assert "([discriminator] width = 0.03125 would keep them)" in said
    said = from_tiny(desk, *grown, 'job.name="narrow"', "generator.width=0.1", code=1)
    assert "its generator has width = 0.0625, and this job's width = 0.1" in said
    assert "write [generator] width = 0.03125, or start" in said

    said = from_tiny(desk, *grown, *halved, "generator.style_mixing=0.5", 'job.name="kept"')
    assert "another width" not in said
    old, new = (load(desk.weights(desk.folder / "runs" / name)["ema.safetensors"]) for name in ("small", "kept"))
    assert set(old) < set(new)
    assert all(abs(old[name] - new[name]).max() < 1e-6 for name in old)


def test_layers_of_another_width_that_no_width_keeps_are_told(desk: Desk):
    desk.edit('type = "dcgan"\nlatent = 8\nwidth = 4', 'type = "lightweight"\nlatent = 8\nwidth = 8')
    desk.edit('type = "dcgan"\nwidth = 4', 'type = "lightweight"\nwidth = 8')
    desk.artgen("run", "job.toml", "--set", "train.steps=1", "--set", "outputs=[]")
    said = from_tiny(desk, "data.size=32", "train.steps=1", "outputs=[]")
    assert "another width at this size: the generator's to_picture, the discriminator's stem.0\n" in said
    assert "would keep" not in said


def classes(desk: Desk, folder: str, *names: str) -> str:
    """Sort the pictures into classes; how a job says so."""
    for index, picture in enumerate(sorted((desk.folder / "pictures").iterdir())):
        into = desk.folder / folder / names[index % len(names)]
        into.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, into)
    return f'data={{folder="{folder}", size=16, classes=true}}'


def test_classes_are_as_many_as_they_were_and_other_names_are_told(desk: Desk):
    desk.artgen("run", "job.toml", "--set", classes(desk, "pets", "cats", "dogs"))
    said = from_tiny(desk, classes(desk, "birds", "cats", "finches"), "train.steps=1")
    assert "dogs become finches" in said
    assert "cats become" not in said
    said = from_tiny(desk, 'job.name="other"', classes(desk, "more", "cats", "dogs", "owls"), code=1)
    assert "it learned 2 classes (cats, dogs), and this job has 3 classes (cats, dogs, owls)" in said
    said = from_tiny(desk, 'job.name="none"', code=1)
    assert "and this job has no classes" in said


def test_an_interrupted_transfer_goes_on_from_its_own_checkpoint(trained: Desk):
    from_tiny(trained, "train.steps=8")
    said = from_tiny(trained, "train.steps=12")
    assert "took over" not in said
    assert "going on from step 8" in said


def test_a_run_goes_on_where_the_one_that_it_began_with_was_moved(trained: Desk):
    from_tiny(trained, "train.steps=2")
    (trained.folder / "runs" / "tiny").rename(trained.folder / "moved")
    said = from_tiny(trained, "train.steps=4", "train.from='moved'")
    assert "[train] from counts where a run begins; this one began with ../tiny" in said
    assert "going on from step 2" in said


def test_a_run_goes_on_where_the_one_that_it_began_with_was_deleted(trained: Desk):
    from_tiny(trained, "train.steps=2")
    shutil.rmtree(trained.folder / "runs" / "tiny")
    assert "going on from step 2" in from_tiny(trained, "train.steps=3")
    assert "going on from step 3" in from_tiny(trained, "train.steps=4", jobs=2)
    assert "folder 'runs/tiny' does not exist" in from_tiny(trained, 'job.name="another"', code=2)


def test_what_begins_anew_needs_the_run_that_it_begins_with_and_sets_nothing_aside_without(trained: Desk):
    from_tiny(trained, "train.steps=2")
    shutil.rmtree(trained.folder / "runs" / "tiny")
    words = ("--set", 'job.name="next"', "--set", 'train.from="runs/tiny"')
    assert "folder 'runs/tiny' does not exist" in trained.artgen("run", "job.toml", "--fresh", *words, code=2)
    assert [run.name for run in (trained.folder / "runs").iterdir() if run.is_dir()] == ["next"]
    shutil.rmtree(trained.folder / "runs" / "next" / "checkpoints")
    assert "folder 'runs/tiny' does not exist" in trained.artgen("check", "job.toml", *words, code=2)


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        (('generator.type="dense"', "generator.latent=8"), "it has a generator of type 'dcgan'"),
        (('data.colors="rgba"',), "trained on rgb pictures, and this job is about rgba"),
        (("generator.latent=9",), "its generator has latent = 8, and this job's latent = 9"),
        (("data.size=64",), "do not grow in this way"),
    ],
)
def test_what_does_not_fit_is_said_with_what_to_do(trained: Desk, sets: tuple[str, ...], words: str):
    if "dense" in sets[0]:
        trained.edit("width = 4\n\n[disc", "\n\n[disc")
    said = from_tiny(trained, *sets, code=1)
    assert words in said
    assert not (trained.folder / "runs" / "next" / "checkpoints").exists()


@pytest.mark.parametrize("damage", ["truncated", "tampered", "gone"])
def test_a_damaged_checkpoint_is_not_started_from(trained: Desk, damage: str):
    for file in trained.run.glob("checkpoints/*/generator.safetensors"):
        data = file.read_bytes()
        if damage == "gone":
            file.unlink()
        else:
            file.write_bytes(data[:-20] if damage == "truncated" else data[:-1] + bytes([data[-1] ^ 1]))
    said = from_tiny(trained, code=1)
    assert ("cannot be read" if damage == "gone" else "the file is damaged") in said
    assert "no checkpoint" not in said


def test_a_folder_without_a_run_is_no_start(desk: Desk):
    said = desk.artgen("run", "job.toml", "--set", 'train.from="pictures"', code=1)
    assert "there is no checkpoint to start from" in said


def test_frozen_layers_stay_as_they_are(trained: Desk):
    from_tiny(trained, "train.discriminator.freeze=1", "train.steps=4", 'discriminator.norm="spectral"')
    old, new = (
        load(trained.weights(trained.folder / "runs" / name)["discriminator.safetensors"]) for name in ("tiny", "next")
    )
    same = [name for name in old if name.endswith(("weight", "original")) and (old[name] == new[name]).all()]
    changed = [name for name in old if name.endswith(("weight", "original")) and not (old[name] == new[name]).all()]
    assert len(same) == 1
    assert changed


@pytest.mark.parametrize("network", ["stylegan-lite", "lightweight"])
def test_layers_that_are_new_where_the_size_grows_cannot_be_frozen(desk: Desk, network: str):
    if network == "stylegan-lite":
        train_what_can_grow(desk)
    else:
        desk.edit('type = "dcgan"\nlatent = 8\nwidth = 4', 'type = "lightweight"\nlatent = 8\nwidth = 8')
        desk.edit('type = "dcgan"\nwidth = 4', 'type = "lightweight"\nwidth = 8')
        desk.artgen("run", "job.toml", "--set", "train.steps=4")
    said = from_tiny(desk, "data.size=32", "train.discriminator.freeze=1", code=1)
    assert "freeze = 1 would keep layers from learning that are new, which tiny does not have" in said
    assert "leave freeze out where the size grows" in said
    from_tiny(desk, "train.discriminator.freeze=1", "train.steps=1")


def test_more_frozen_layers_than_there_are_is_a_clear_mistake(trained: Desk):
    said = from_tiny(trained, "train.discriminator.freeze=99", code=1)
    assert "--set train.discriminator.freeze=99" in said
    assert "layers that can be frozen, not 99" in said
    said = from_tiny(trained, "train.discriminator.freeze=3", code=1)
    assert "this discriminator has 2 layers that can be frozen, not 3" in said
    assert "write at most 2: the last layer, which judges, must learn" in said
