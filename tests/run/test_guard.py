"""A training that goes wrong: artgen says what it saw and what it does, and writes it down."""

from __future__ import annotations

import json

from tests.run.conftest import Desk

ALIKE = """\
import artgen


@artgen.hookimpl
def register_losses(register):
    register("alike", f"{__name__}:Alike")


class Alike:
    \"\"\"Has all pictures become one, once the generator has learned something.\"\"\"

    needs = frozenset()

    def __init__(self, config):
        pass

    def for_generator(self, step):
        return (step.images_seen > 640) * 100 * step.fake.picture.var(dim=0).mean()

    def for_discriminator(self, step):
        return None
"""


def guard_texts(desk: Desk) -> list[str]:
    rows = [json.loads(line) for line in (desk.run / "metrics.jsonl").read_text().splitlines()]
    return [row["text"] for row in rows if row.get("event") == "guard"]


def run(desk: Desk, *sets: str, words: tuple[str, ...] = ()) -> str:
    return desk.artgen("run", "job.toml", *words, *(word for text in sets for word in ("--set", text)))


def longer(desk: Desk) -> None:
    desk.edit("steps = 24", "steps = 240")
    desk.edit("checkpoint_steps = 4", "checkpoint_steps = 60")
    desk.edit('type = "images"', 'type = "gallery"')
    desk.edit('seeds = "0-8"', "count = 4")


def test_a_generator_that_forgets_sends_the_run_back_with_lower_rates(desk: Desk):
    longer(desk)
    (desk.folder / "alike.py").write_text(ALIKE, encoding="utf-8")
    sets = ("train.steps=600", "train.generator.rate=0.004", 'losses=[{type="adversarial"}, {type="alike"}]')
    told = run(desk, *sets, words=("--plugin", "alike.py"))
    texts = guard_texts(desk)
    assert "have all but become one" in texts[0]
    assert "with 0.5 of the rate" in texts[0]
    assert "with 0.125 of the rate" in texts[2]
    assert "going back has not helped 3 times" in texts[3]
    assert len(texts) == 4, "it is said once that nothing more is done"
    assert "have all but become one" in told
    assert "have all but become one" in (desk.run / "index.html").read_text(encoding="utf-8")


def test_a_generator_that_starts_slowly_is_let_be_and_told_of(desk: Desk):
    longer(desk)
    # it all but stands still, and never leaves its first grey
    told = run(desk, "train.generator.rate=1e-9", "train.discriminator.rate=0.0002", "train.steps=720", "outputs=[]")
    (text,) = guard_texts(desk)
    assert "are all but one still, after 5" in text
    assert "a higher rate of the generator" in text
    assert text in told


def test_a_discriminator_far_ahead_is_slowed_down(desk: Desk):
    longer(desk)
    able = ("augmentations=[]", 'discriminator.norm="none"', "discriminator.width=16")
    run(desk, 'job.name="varied"', "train.generator.rate=0.002", "outputs=[]", *able)
    still = ("train.generator.rate=1e-9", "train.discriminator.rate=0.002", "train.steps=600")
    told = run(desk, 'train.from="runs/varied"', *still, *able)
    texts = guard_texts(desk)
    assert "never mistaken" in texts[0]
    assert "its rate is lowered to 0.5" in texts[0]
    assert "never mistaken" in told


BAD_ONCE = """\
import signal
from pathlib import Path

import artgen


@artgen.hookimpl
def register_losses(register):
    register("bad-once", f"{__name__}:BadOnce")


@artgen.hookimpl
def metrics_logged(run, step):
    if step == 10 and Path("stop").exists():
        Path("stop").unlink()
        signal.raise_signal(signal.SIGINT)


class BadOnce:
    \"\"\"No number at step 13, the first time.\"\"\"

    needs = frozenset()
    waiting = True

    def __init__(self, config):
        pass

    def for_generator(self, step):
        bad = BadOnce.waiting and step.images_seen == 13 * 4
        BadOnce.waiting &= not bad
        return step.fake.picture.mean() * (float("nan") if bad else 1e-3)

    def for_discriminator(self, step):
        return None
"""


def test_a_training_that_was_stopped_goes_back_to_where_one_does_that_was_not(desk: Desk):
    desk.edit("checkpoint_steps = 4", "checkpoint_steps = 8")
    (desk.folder / "bad.py").write_text(BAD_ONCE, encoding="utf-8")
    words = ("--plugin", "bad.py")
    losses = 'losses=[{type="adversarial"}, {type="bad-once"}]'
    run(desk, losses, words=(*words, "--out", "undisturbed"))
    (desk.folder / "stop").touch()
    desk.artgen("run", "job.toml", *words, "--set", losses, code=130)
    assert (desk.run / "checkpoints" / "00000010").is_dir()
    assert "going on from step 8 with 0.5 of the rate" in run(desk, losses, words=words)
    assert desk.weights() == desk.weights(desk.folder / "undisturbed" / "tiny")
