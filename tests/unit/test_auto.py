"""``preset:auto`` chooses by the pictures, the machine and the job itself, says why, and stays by it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from artgen.data.look import Seen
from artgen.errors import RunChangedError
from artgen.job import Job, check_unchanged, read_job, read_lock, write_lock
from artgen.job.auto.choose import choose
from artgen.job.auto.facts import Facts
from artgen.job.kept.lock import lock_data
from artgen.launch.options import RunOptions
from artgen.plugins import PluginManager
from artgen.runs.open import decided_before

from .conftest import Write

Read = Callable[..., Job]
Complaints = Callable[..., list[str]]

JOB = 'extends = "preset:auto"\n[job]\nname = "moths"\n[data]\nfolder = "pictures"\n'


def seen(count: int = 1_000, side: int | tuple[int, int] = 300, *, alpha: float = 0.0, gray: float = 0.0) -> Seen:
    size = (side, side) if isinstance(side, int) else side
    return Seen(count, [size], alpha, gray)


def chosen(facts: Facts) -> dict[str, Any]:
    """Everything that is decided, by dotted key as a job file has it, lists by index."""
    values: dict[str, Any] = {}
    for decision in choose(facts):
        values |= dict(_flat(decision.values))
    return values


def _flat(node: Any, path: str = ""):
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, inner in pairs:
        place = f"{path}.{key}" if path else str(key)
        nested = isinstance(inner, dict) or (isinstance(inner, list) and any(isinstance(i, dict) for i in inner))
        if nested:
            yield from _flat(inner, place)
        else:
            yield place, inner


def test_a_hundred_pictures_on_a_cpu_get_the_small_network_and_gentle_augmentation() -> None:
    values = chosen(Facts(seen(113, 72)))
    assert (values["generator.type"], values["discriminator.type"]) == ("dcgan", "dcgan")
    assert (values["data.size"], values["train.batch"], values["generator.width"]) == (64, 16, 32)
    assert (values["augmentations.0.type"], values["augmentations.0.cutout"]) == ("diffaugment", 0.0)
    assert (values["losses.1.type"], values["losses.1.gamma"], values["losses.1.every"]) == ("r1", 2.048, 4)


@pytest.mark.parametrize(
    ("train", "count", "adaptive"),
    [
        ({"kimg": 50}, 100, False),
        ({"kimg": 62}, 100, True),
        ({"kimg": 200}, 100, True),
        ({"kimg": 200}, 1_000, False),
        ({"steps": 3_000}, 100, False),
        ({"steps": 10_000}, 100, True),
        ({"minutes": 6}, 100, False),
        ({"minutes": 20}, 100, True),
        ({}, 100, True),
        ({}, 5_000, False),
    ],
)
def test_on_a_cpu_pictures_that_are_shown_often_are_augmented_as_it_takes(
    train: dict[str, int], count: int, adaptive: bool
) -> None:
    values = chosen(Facts(seen(count), stated={"train": train}))
    assert values["augmentations.0.type"] == "diffaugment"
    assert values.get("augmentations.1.type") == ("adaptive" if adaptive else None)


@pytest.mark.parametrize(
    ("side", "batch", "gamma", "half_life_kimg"), [(64, 32, 0.0256, 10), (128, 32, 0.1024, 10), (256, 16, 0.8192, 5)]
)
def test_on_a_gpu_the_figures_are_those_of_stylegan2_ada(
    side: int, batch: int, gamma: float, half_life_kimg: float
) -> None:
    values = chosen(Facts(seen(side=side), "cuda", 24.0))
    assert (values["generator.type"], values["data.size"], values["train.batch"]) == ("stylegan-lite", side, batch)
    assert (values["losses.1.type"], values["losses.1.gamma"], values["losses.1.every"]) == ("r1", gamma, 16)
    assert values["train.ema.half_life_kimg"] == half_life_kimg
    assert values["train.generator.rate"] == values["train.discriminator.rate"] == 0.0025


@pytest.mark.parametrize(
    ("facts", "size"),
    [
        (Facts(seen(side=40)), 40),
        (Facts(seen(side=(300, 200))), [96, 64]),
        (Facts(seen(side=(200, 400)), "cuda", 24.0), [128, 256]),
        (Facts(seen(side=1000), "cuda", 6.0), 128),
        (Facts(seen(side=1000), "cuda", 80.0), 256),
        (Facts(seen(side=100), "cuda", 80.0), 64),
        (Facts(None), 64),
    ],
)
def test_the_size_follows_the_pictures_and_the_machine(facts: Facts, size: Any) -> None:
    assert chosen(facts)["data.size"] == size


@pytest.mark.parametrize(
    ("alpha", "gray", "colors"), [(0.9, 0.0, "rgba"), (0.1, 0.0, "rgb"), (0.0, 1.0, "gray"), (0.9, 1.0, "rgba")]
)
def test_the_colours_are_those_of_most_pictures(alpha: float, gray: float, colors: str) -> None:
    assert chosen(Facts(seen(alpha=alpha, gray=gray)))["data.colors"] == colors


def test_the_more_pictures_the_less_augmentation_and_the_larger_the_budget() -> None:
    values = [chosen(Facts(seen(count), "cuda", 24.0)) for count in (100, 1_000, 5_000, 50_000)]
    kinds = [v.get("augmentations.0.type") for v in values]
    assert kinds == ["diffaugment", "diffaugment", "adaptive", None]
    assert values[1]["augmentations.0.cutout"] < 0.5
    assert [v["train.kimg"] for v in values] == [300, 1_000, 5_000, 5_000]


def test_every_update_of_the_discriminator_shows_pictures() -> None:
    few = {"train": {"steps": 4000}}
    assert chosen(Facts(seen(110), stated=few))["augmentations.0.type"] == "diffaugment"
    assert "augmentations.1.type" not in chosen(Facts(seen(110), stated=few))
    often = {"train": {"steps": 4000, "discriminator": {"updates": 5}}}
    assert chosen(Facts(seen(110), stated=often))["augmentations.1.type"] == "adaptive"


@pytest.mark.parametrize(("pictures", "batch"), [(100, 16), (15, 8), (3, 2), (2, 2)])
def test_a_tiny_folder_nearly_fills_a_batch(pictures: int, batch: int) -> None:
    assert chosen(Facts(seen(pictures)))["train.batch"] == batch


def test_a_batch_fits_into_the_memory_and_the_folder() -> None:
    assert chosen(Facts(seen(side=128), "cuda", 6.0))["train.batch"] == 16
    assert chosen(Facts(seen(10), "cuda", 24.0))["train.batch"] == 8
    assert chosen(Facts(seen(4)))["train.batch"] == 2


@pytest.mark.parametrize("machine", [("cpu", 0.0), ("cuda", 24.0)])
def test_a_batch_is_had_of_a_folder_whose_every_eighth_picture_is_damaged(machine: tuple[str, float]) -> None:
    for count in range(4, 70):
        assert chosen(Facts(seen(count), *machine))["train.batch"] <= count - -(-count // 8)


def test_what_the_job_says_is_gone_by() -> None:
    gpu = {"seen": seen(), "device": "cuda", "memory_gb": 24.0}
    assert chosen(Facts(**gpu, stated={"train": {"batch": 8}}))["losses.1.gamma"] == pytest.approx(2 * 0.8192, rel=1e-3)
    assert chosen(Facts(**gpu, stated={"data": {"size": [128, 64]}}))["train.batch"] == 32
    lightweight = chosen(Facts(**gpu, stated={"generator": {"type": "artgen-toolkit:lightweight"}}))
    assert lightweight["discriminator.type"] == "lightweight"
    assert (lightweight["train.batch"], lightweight["losses.1.type"]) == (8, "reconstruction")
    mixed = chosen(Facts(**gpu, stated={"generator": {"type": "lightweight"}, "discriminator": {"type": "dcgan"}}))
    assert (mixed["losses.1.type"], mixed["losses.1.every"]) == ("r1", 4)
    assert "augmentations.0.type" not in chosen(Facts(seen(), stated={"augmentations": {"adaptive": {}}}))
    game = {"losses": {"relativistic": {}}}
    assert chosen(Facts(seen(), stated=game))["losses.0.type"] == "r1"
    told = next(decision.choice for decision in choose(Facts(seen(), stated=game)) if decision.topic == "losses")
    assert told.startswith("relativistic, as the job asks, r1")
    assert "train.kimg" not in chosen(Facts(seen(), stated={"train": {"minutes": 3}}))
    assert "minutes on two cores" in next(
        decision.why for decision in choose(Facts(seen())) if decision.topic == "budget"
    )
    slower = choose(Facts(seen(), stated={"generator": {"type": "msg"}}))
    assert "minutes" not in next(decision.why for decision in slower if decision.topic == "budget")
    assert "generator.type" not in chosen(Facts(seen(), stated={"generator": {"type": "artgen-mine:loom"}}))


@pytest.mark.parametrize("stated", [{}, *({"generator": {"type": t}} for t in ("dense", "lightweight", "msg"))])
def test_whatever_is_chosen_is_a_job_without_problems(
    stated: dict[str, Any], write: Write, manager: PluginManager
) -> None:
    path = write(JOB)
    counts, sides = (4, 150, 3_000, 40_000), (20, 64, (120, 80), 700)
    machines = (("cpu", 0.0), ("cuda", 4.0), ("cuda", 140.0), ("mps", 16.0))
    for count, side, (device, memory_gb) in itertools.product(counts, sides, machines):
        facts = Facts(seen(count, side), device, memory_gb, stated)  # type: ignore[arg-type]
        sets = [f"generator.type={stated['generator']['type']}"] if stated else []
        (job,) = read_job(path, sets=sets, manager=manager, frozen=lambda _file, _name, facts=facts: choose(facts))
        assert job.data
        assert min(job.data.shape.width, job.data.shape.height) <= (min(side) if isinstance(side, tuple) else side)
        assert job.train.batch <= count


def test_a_folder_alone_is_a_whole_job_and_every_choice_has_its_reason(write: Write, read: Read) -> None:
    job = read(write(JOB), "train.device=cpu")
    source = job.sources["generator.type"]
    assert (source.kind, str(source)) == ("preset", "preset:auto")
    assert "CPU" in source.why
    assert all(decision.why and decision.choice for decision in job.auto)
    assert job.sources["job.seed"].kind == "default"


def test_what_stands_over_auto_wins_and_what_stands_under_it_does_not(write: Write, manager: PluginManager) -> None:
    write("[train]\nbatch = 3\ncooldown = 0.9\nprecision = 'fp32'\n", "under.toml")
    path = write(
        JOB.replace('"preset:auto"', '["under.toml", "preset:auto"]')
        + "[train]\nbatch = 5\ndevice = 'cpu'\n[matrix]\ndata.size = [24, 48]\n"
    )
    jobs = read_job(path, sets=["train.ema.ramp=0.3"], manager=manager)
    assert [job.data and job.data.size for job in jobs] == [24, 48]
    assert {(job.train.batch, job.train.cooldown, job.train.precision, job.train.ema.ramp) for job in jobs} == {
        (5, 0.4, "fp32", 0.3)
    }


def test_lists_are_added_to_as_with_any_preset(write: Write, read: Read) -> None:
    job = read(write(JOB + "[[losses]]\ntype = 'total-variation'\n[[augmentations]]\ntype = 'diffaugment'\ncutout = 0\n"),
               "train.device=cpu")  # fmt: skip
    assert [loss.name for loss in job.losses] == ["adversarial", "r1", "total-variation"]
    assert [part.config.cutout for part in job.augmentations] == [0]
    assert read(write("augmentations = []\n" + JOB), "train.device=cpu").augmentations == ()


def test_a_folder_that_is_not_there_is_complained_of_once(write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(JOB.replace('"pictures"', '"moths"')), "train.device=cpu")
    assert told.startswith("job.toml:5: [data] folder 'moths' does not exist")
    assert complaints(write('extends = "preset:auto"\n'), "train.device=cpu") == [
        "job.toml: [data] missing key 'folder'"
    ]


@pytest.mark.parametrize("size", ["-8", "[8, 'x']", "'large'", "[]"])
def test_nonsense_in_the_job_is_complained_of_where_it_stands(size: str, write: Write, complaints: Complaints) -> None:
    path = write(JOB + f"size = {size}\n[train]\nbatch = {size}\n[generator]\ntype = 'stylegan-lite'\n")
    told = complaints(path, "train.device=cpu")
    assert all(text.startswith(("job.toml:6: [data] size", "job.toml:8: [train] batch")) for text in told)


@pytest.mark.parametrize("number", [30_000, 10**400])
def test_sizes_out_of_all_measure_are_no_stumbling_block(number: int) -> None:
    assert choose(Facts(seen(), "cuda", 24.0, {"data": {"size": number}}))
    assert choose(Facts(seen(), "cuda", 24.0, {"train": {"batch": number}}))


def begun(write: Write, manager: PluginManager, facts: Facts) -> tuple[Path, Path]:
    """A job file, and the folder of its run, which was begun under other circumstances and has a checkpoint."""
    path = write(JOB)
    (job,) = read_job(path, manager=manager, frozen=lambda _file, _name: choose(facts))
    folder = path.parent / "runs" / "moths"
    checkpoint = folder / "checkpoints" / "00000001"
    checkpoint.mkdir(parents=True)
    (checkpoint / "state.json").write_text(json.dumps({"serial": 1, "step": 1, "sha256": {}}), encoding="utf-8")
    write_lock(folder / "job.lock.toml", lock_data(job, folder))
    return path, folder


def test_what_was_chosen_once_stays_for_as_long_as_the_run_goes_on(write: Write, manager: PluginManager) -> None:
    path, folder = begun(write, manager, Facts(seen(5_000), "cuda", 24.0))
    lock = read_lock(folder / "job.lock.toml")

    def again(options: RunOptions, *sets: str) -> Job:
        sets = (*sets, "train.device=cpu")
        (job,) = read_job(path, sets=sets, manager=manager, frozen=partial(decided_before, options))
        return job

    job = again(RunOptions())
    assert {d.key for d in check_unchanged(lock, job, folder)} == {"train.device"}
    assert job.generator.component.name == "stylegan-lite"
    assert "train.kimg" in {d.key for d in check_unchanged(lock, again(RunOptions(), "train.kimg=9000"), folder)}
    fresh = again(RunOptions(fresh=True))
    assert fresh.generator.component.name == "dcgan"
    with pytest.raises(RunChangedError, match=r"generator\.type"):
        check_unchanged(lock, fresh, folder)
    assert again(RunOptions(out=path.parent / "elsewhere")).generator.component.name == "dcgan"


def test_options_of_what_was_chosen_are_no_mistake_later(write: Write, manager: PluginManager) -> None:
    path, _ = begun(write, manager, Facts(seen(5_000), "cuda", 24.0))
    write(JOB + "[generator]\nstyle_mixing = 0.9\n")
    frozen = partial(decided_before, RunOptions())
    (job,) = read_job(path, sets=["train.device=cpu"], manager=manager, frozen=frozen)
    assert job.generator.component.name == "stylegan-lite"


def test_a_lock_that_is_run_itself_keeps_what_was_chosen(write: Write, manager: PluginManager) -> None:
    _, folder = begun(write, manager, Facts(seen(5_000), "cuda", 24.0))
    (job,) = read_job(folder / "job.lock.toml", manager=manager)
    assert lock_data(job, folder)["lock"]["auto"] == read_lock(folder / "job.lock.toml")["lock"]["auto"]
