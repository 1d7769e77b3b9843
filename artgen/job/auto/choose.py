"""``preset:auto``: which networks, sizes, losses and rates suit a folder of pictures on this machine, and why.

The tables hold the figures, `choose` picks from them. It is a pure function of what is known (see `Facts`), so that
every case can be looked at without the pictures or the machine that it is about.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from artgen.data.look import suggested_size
from artgen.distributions import BUILTIN
from artgen.job.auto.decision import Decision
from artgen.job.auto.facts import Facts
from artgen.job.auto.recipes import RECIPES, Recipe

SIDES_PX = (256, 128, 64)
"""Short sides to choose from; smaller pictures are taken as they are."""
LARGEST_SIDE_PX = {"cpu": 64, "small": 128, "large": 256}
"""By machine: a CPU, a GPU under `LARGE_GPU_GB`, and any other."""
LARGE_GPU_GB = 8.0

NETWORK = {"cpu": "dcgan", "small": "stylegan-lite", "large": "stylegan-lite"}
WHY_NETWORK = {
    "cpu": "on a CPU, few cheap layers learn the most in the same minutes",
    "small": "the strongest network on folders of this kind, and the GPU here carries it",
    "large": "the strongest network on folders of this kind, and the GPU here carries it",
}

KIMG = {
    "cpu": ((200, 100), (math.inf, 200)),
    "small": ((200, 300), (2_000, 1_000), (math.inf, 5_000)),
    "large": ((200, 300), (2_000, 1_000), (math.inf, 5_000)),
}
"""Budget by machine, up to so many pictures. On a GPU: 300 is DiffAugment's for 100 pictures, which can be overdone
(S. Zhao et al., 2020); around 5,000 results are "already quite reasonable" (stylegan2-ada's README)."""

GENTLE: Mapping[str, Any] = {
    "translation": 0.125,
    "brightness": 0.2,
    "saturation": 0.5,
    "contrast": 0.2,
    "cutout": 0.0,
}
Augmentations = tuple[tuple[float, str, Mapping[str, Any], str], ...]
AUGMENTATION: Mapping[str, Augmentations] = {
    "cpu": (
        (10_000, "diffaugment", GENTLE, "in minutes they are not learned by heart, and strong changes cost sharpness"),
        (math.inf, "", {}, "so many are not learned by heart"),
    ),
    "gpu": (
        (200, "diffaugment", {}, "light augmentation would be learned by heart"),
        (2_000, "diffaugment", {"cutout": 0.25}, "without augmentation they would be learned by heart after a while"),
        (10_000, "adaptive", {}, "a little is enough, and how much shows in the training"),
        (math.inf, "", {}, "so many are not learned by heart"),
    ),
}
"""By machine, up to so many pictures: the augmentation, its options, and why. On a GPU: DiffAugment gains most below
2,000 pictures, and something up to 10,000 (S. Zhao et al., 2020, FFHQ at 256×256: 62 to 26 with 1,000, 15 to 8 with
10,000). On a CPU a training ends long before; measured on the folders of docs/quality.md."""
KNOWN_BY_HEART = 600
"""How often a picture is shown before the small networks of a CPU know it by heart: 96 pieces of paintings, each shown
so often, had logits whose mean sign was above 0.6. `adaptive` stands beside then, which does nothing before; its aim,
0.5 instead of the usual 0.6, brought 0.012 instead of 0.017 of kid_vgg there, and 0.034 without it."""
CPU_IMG_S = 100
"""What two cores show to them in a second at 64×64: what a budget in minutes comes to, roughly."""
CPU_IMG_S_SEEN = (60, 150)
"""The same of two cores that multiply in float32 alone, and of two that have instructions for bfloat16."""
OF_ONE_KIND = ("diffaugment", "adaptive")
"""Augmentations of which one is enough: a job that names one gets no other."""

GB_PER_PICTURE_AND_ROOT_OF_SIDE = 0.02
"""stylegan2-ada's README: 7.2 GB at 128×128 and batch 32, 5.0 GB at 256×256 and batch 16."""
USABLE_MEMORY = 0.9
SMALLEST_BATCH, FEWEST = 4, 2
"""Pictures in a step: as few as memory makes of them, and as few as a tiny folder does."""
SOUND = 7 / 8
"""Share of the pictures that a batch is never larger than: one whose header opens may still be cut short further on."""

UNSEEN = 1_000
"""Pictures that are assumed where the folder cannot be looked at."""


def choose(facts: Facts) -> tuple[Decision, ...]:
    """What suits a job, going by what it says itself."""
    machine = "cpu" if facts.device == "cpu" else "large" if facts.memory_gb >= LARGE_GPU_GB else "small"
    width, height = _sides(facts, machine)
    generator = _type(facts, "generator") or NETWORK[machine]
    discriminator = _type(facts, "discriminator") or generator
    recipe = RECIPES.get(generator, RECIPES["dcgan"])
    batch = _batch(facts, recipe, generator, math.sqrt(width * height))
    decisions = (
        _size(facts, machine, width, height),
        _colors(facts),
        Decision(
            topic="mirror",
            choice="no",
            why="writing, faces and much else have a left and a right",
            values={"data": {"mirror": False}},
        ),
        *_network(facts, machine, generator, discriminator),
        _batch_decision(facts, recipe, batch),
        _losses(facts, recipe, discriminator, width * height, batch),
        *_augmentation(facts, machine, batch),
        _rates(recipe),
        _average(recipe, batch),
        *_budget(facts, machine),
    )
    return tuple(decision for decision in decisions if not _is_stated(facts, decision))


def _sides(facts: Facts, machine: str) -> tuple[int, int]:
    said = _said(facts, "data", "size")
    sides = said if isinstance(said, list) else [said, said]
    if len(sides) == 2 and all(map(_is_sensible, sides)):
        return sides[0], sides[1]
    largest = LARGEST_SIDE_PX[machine]
    if facts.seen is None:
        return largest, largest
    fitting = [side for side in SIDES_PX if side <= min(largest, facts.seen.short_px)]
    size = suggested_size(facts.seen, fitting[0] if fitting else largest)
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def _size(facts: Facts, machine: str, width: int, height: int) -> Decision:
    why = {
        "cpu": "what a CPU can learn in minutes",
        "small": f"what a GPU of {facts.memory_gb:.0f} GB can learn",
        "large": "what a GPU learns in hours rather than days",
    }[machine]
    if facts.seen is not None and facts.seen.short_px < LARGEST_SIDE_PX[machine]:
        why = f"the pictures have short sides of {facts.seen.short_px} pixels, and enlarging them adds nothing"
    if width != height:
        why += f"; nearly all pictures are {'wide' if width > height else 'tall'}"
    size = width if width == height else [width, height]
    return Decision(topic="size", choice=f"{width}×{height}", why=why, values={"data": {"size": size}})


def _colors(facts: Facts) -> Decision:
    colors = facts.seen.colors if facts.seen else "rgb"
    why = {
        "rgba": "most pictures have transparency, and it is learned too",
        "gray": "nine in ten pictures or more have no colour",
        "rgb": "the pictures have colour and, most of them, no transparency",
    }[colors]
    return Decision(topic="colours", choice=colors, why=why, values={"data": {"colors": colors}})


def _network(facts: Facts, machine: str, generator: str, discriminator: str) -> list[Decision]:
    """Nothing about networks that are nobody's here: their own defaults are better than a guess."""
    values: dict[str, Any] = {}
    if generator in RECIPES:
        values["generator"] = {"type": generator, **RECIPES[generator].generator}
    if discriminator in RECIPES:
        values["discriminator"] = {"type": discriminator, **RECIPES[discriminator].discriminator}
    for options in values.values():
        width = RECIPES[options["type"]].cpu_width
        if machine == "cpu" and width is not None:
            options["width"] = width
    if not values:
        return []
    choice = generator if generator == discriminator else f"{generator} against {discriminator}"
    why = "the job asks for it" if _type(facts, "generator") else WHY_NETWORK[machine]
    return [Decision(topic="network", choice=choice, why=why, values=values)]


def _batch(facts: Facts, recipe: Recipe, generator: str, side: float) -> int:
    said = _said(facts, "train", "batch")
    if _is_sensible(said):
        return int(said)
    batch = recipe.batch
    if generator == "stylegan-lite":
        batch = min(batch, 1 << max(0, round(math.log2(4096 / side))))
    while batch > SMALLEST_BATCH and not _fits(facts, batch, side):
        batch //= 2
    while batch > FEWEST and batch > _sound(facts):
        batch //= 2
    return batch


def _fits(facts: Facts, batch: int, side: float) -> bool:
    """Whether a batch fits the device by a rough rule, and has not more pictures than the folder."""
    needed_gb = batch * GB_PER_PICTURE_AND_ROOT_OF_SIDE * math.sqrt(side)
    fits_memory = facts.device == "cpu" or needed_gb <= USABLE_MEMORY * facts.memory_gb
    return fits_memory and batch <= _sound(facts)


def _sound(facts: Facts) -> float:
    """Pictures of the folder that are there for sure."""
    return SOUND * facts.seen.count if facts.seen else math.inf


def _batch_decision(facts: Facts, recipe: Recipe, batch: int) -> Decision:
    why = recipe.why_batch
    if facts.seen is not None and batch < recipe.batch and batch * 2 > _sound(facts):
        why = f"there are {facts.seen.count} pictures"
    elif batch < recipe.batch and facts.device != "cpu":
        why = f"what fits into {facts.memory_gb:.0f} GB at this size"
    return Decision(topic="batch", choice=str(batch), why=why, values={"train": {"batch": batch}})


def _losses(facts: Facts, recipe: Recipe, discriminator: str, pixels: int, batch: int) -> Decision:
    """The game is the generator's recipe's; what keeps the discriminator in check is that of its own."""
    judge = RECIPES.get(discriminator, recipe)
    losses: list[dict[str, Any]] = []
    relativistic = "relativistic" in _types_of(facts, "losses")
    if not relativistic:
        losses.append({"type": "adversarial", "form": recipe.form})
    choice = "relativistic, as the job asks" if relativistic else recipe.form
    if judge.r1:
        gamma = float(f"{judge.r1 * pixels / batch:.4g}")
        losses.append({"type": "r1", "gamma": gamma, "every": judge.r1_every})
        choice += f", r1 with gamma {gamma:g} every {judge.r1_every} steps"
    for name in judge.losses if discriminator in RECIPES else ():
        losses.append({"type": name})
        choice += f", {name}"
    return Decision(topic="losses", choice=choice, why=recipe.why_losses, values={"losses": losses})


def _augmentation(facts: Facts, machine: str, batch: int) -> list[Decision]:
    named = _types_of(facts, "augmentations")
    count = _count(facts)
    kind, options, why = next(row[1:] for row in AUGMENTATION["cpu" if machine == "cpu" else "gpu"] if count < row[0])
    rivals = [name for name in OF_ONE_KIND if name in named and name != kind]
    if rivals:
        return []
    entries = [{"type": kind, **options}] if kind else []
    shown = 1000 * _kimg(facts, machine, batch) / count
    if machine == "cpu" and kind and kind not in named and shown > KNOWN_BY_HEART:
        entries.append({"type": "adaptive", "target": 0.5})
        why = f"each is shown {shown:,.0f} times, and more is done to them as soon as they are known by heart"
    return [
        Decision(
            topic="augmentation",
            choice=", ".join(entry["type"] for entry in entries) or "none",
            why=f"{count:,} picture{'' if count == 1 else 's'}: {why}",
            values={"augmentations": entries},
        )
    ]


def _rates(recipe: Recipe) -> Decision:
    adam = {"rate": recipe.rate, "betas": list(recipe.betas)}
    values = {"train": {"cooldown": recipe.cooldown, "generator": adam, "discriminator": adam}}
    choice = f"{recipe.rate:g}"
    if recipe.cooldown:
        choice += f", down to zero over the last {recipe.cooldown:.0%}"
    return Decision(topic="rates", choice=choice, why=recipe.why_rates, values=values)


def _average(recipe: Recipe, batch: int) -> Decision:
    half_life = float(f"{recipe.ema_kimg * batch / recipe.batch:.3g}")
    return Decision(
        topic="average",
        choice=f"half-life {half_life:g} kimg",
        why=f"pictures are painted with averaged weights; over about {1000 * half_life / batch:,.0f} steps",
        values={"train": {"ema": {"half_life_kimg": half_life, "ramp": recipe.ramp}}},
    )


def _budget(facts: Facts, machine: str) -> list[Decision]:
    if any(_said(facts, "train", unit) is not None for unit in ("kimg", "steps", "minutes")):
        return []
    kimg = _kimg(facts, machine, batch=1)
    count = _count(facts)
    where = "a CPU" if machine == "cpu" else "a GPU"
    why = (
        f"usual for {count:,} pictures on {where}{_time(facts, machine, kimg)}; raise it and run again, and it goes on"
    )
    return [Decision(topic="budget", choice=f"{kimg:,} kimg", why=why, values={"train": {"kimg": kimg}})]


def _time(facts: Facts, machine: str, kimg: float) -> str:
    """Roughly how long a budget takes, in words; nothing but where it was seen: the usual network on a processor."""
    stated = any(_said(facts, table) is not None for table in ("generator", "discriminator"))
    if machine != "cpu" or stated or _sides(facts, machine) != (64, 64):
        return ""
    slowest, quickest = (round(kimg * 1000 / 60 / pace) for pace in CPU_IMG_S_SEEN)
    return f", {quickest} to {slowest} minutes on two cores"


def _kimg(facts: Facts, machine: str, batch: int) -> float:
    """Thousands of pictures that will be shown: as the job says, or what is usual."""
    updates = _said(facts, "train", "discriminator", "updates")
    per_step = batch * (updates if _is_sensible(updates) else 1)
    per_unit = {"kimg": 1.0, "steps": per_step / 1000, "minutes": 60 * CPU_IMG_S / 1000}
    for unit, thousands in per_unit.items():
        said = _said(facts, "train", unit)
        if isinstance(said, (int, float)) and said > 0:
            return said * thousands
    count = _count(facts)
    return next(kimg for most, kimg in KIMG[machine] if count < most)


def _count(facts: Facts) -> int:
    """Of the pictures."""
    return facts.seen.count if facts.seen else UNSEEN


def _is_stated(facts: Facts, decision: Decision) -> bool:
    """Whether the job leaves nothing of it to decide."""
    keys = decision.keys()
    return bool(keys) and all(_said(facts, *key.split(".")) is not None for key in keys)


def _is_sensible(number: Any) -> bool:
    """Whether it can be reckoned with; what cannot is complained of where it is read."""
    return isinstance(number, int) and 0 < number <= 1 << 20


def _said(facts: Facts, *path: str) -> Any:
    value: Any = facts.stated
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _type(facts: Facts, table: str) -> str:
    """The type that the job names, without artgen's own prefix; "" when it names none."""
    name = _said(facts, table, "type")
    return name.removeprefix(f"{BUILTIN}:") if isinstance(name, str) else ""


def _types_of(facts: Facts, key: str) -> set[str]:
    """The types of the entries of a list that the job states."""
    entries = _said(facts, key)
    if not isinstance(entries, Mapping):
        return set()
    return {str(entry.get("type", name)) for name, entry in entries.items() if isinstance(entry, Mapping)}
