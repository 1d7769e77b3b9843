"""What must fit together in a job: budgets, what a generator cannot be trained without, what networks can do."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from artgen.config import input_of, untrained
from artgen.contracts import Input, PictureShape
from artgen.engine.config import TrainConfig
from artgen.errors import ArtgenError, Problem
from artgen.job.checks.draft import Draft
from artgen.job.kept.exported import is_exported
from artgen.job.kept.values import OF_UNTRAINED
from artgen.job.model import Part
from artgen.job.text.tree import ENTRY_KINDS, Table
from artgen.registry import Kind, Registry

ABILITIES: dict[str, tuple[tuple[Kind, ...], str]] = {
    "classes": (("generator", "discriminator"), "a place for classes"),
    "decoded": (("discriminator",), "a decoder"),
    "features": (("discriminator",), "features to compare"),
    "mapping": (("generator",), "a mapping network"),
    "scales": (("generator", "discriminator"), "every size of a picture at once"),
    "stages": (("generator", "discriminator"), "stages to grow in"),
}
"""What networks may provide: which of the two must where it is asked for, and how to say so."""


_PAINTED = "only canvases are painted; a network is trained: [train]"
_ALONE = "a generator that repaints pictures learns without a discriminator"
STRANGERS: dict[Input, dict[str, str]] = {
    "latent": {"paint": _PAINTED},
    "picture": {
        "paint": _PAINTED,
        "discriminator": _ALONE,
        "augmentations": "there is no discriminator whose pictures would be augmented",
    },
    "canvas": {
        "data": "a canvas takes its pictures from [generator] content",
        "discriminator": "no discriminator judges a canvas",
        "augmentations": "there is no discriminator whose pictures would be augmented",
        "train": "canvases are painted, not trained: [paint]",
        "quality": "canvases are not measured",
    },
}
"""Tables that say nothing beside a generator, by what it paints from, and why."""


def check_parts(tree: Table, draft: Draft, registry: Registry) -> Iterator[Problem]:
    """Every way in which the tables of a job do not fit each other."""
    yield from _budget(tree)
    if "generator" not in tree.entries:
        yield tree.origin.problem(
            '[generator] is missing: say what paints, such as type = "dcgan", or extends = "preset:auto"'
        )
    if draft.generator:
        source = input_of(draft.generator.config)
        if source == "latent":
            yield from _latent_generator(tree, draft)
        elif source == "picture":
            yield from _repainting_generator(tree, draft.generator)
        yield from _strangers(tree, source)
        yield from _out_of_place(tree, draft, draft.generator, source, registry)
    if draft.data:
        yield from _objections(tree, draft, "check_shape", draft.data.shape)
    yield from _abilities(tree, draft, registry)
    if draft.train and draft.train.stages and draft.data:
        yield from _stages(tree, draft, draft.train, draft.data.shape)


def _budget(tree: Table) -> Iterator[Problem]:
    train = tree.table("train")
    if train is None:
        return
    budgets = [key for key in ("kimg", "steps", "minutes") if key in train.entries]
    for extra in budgets[1:]:
        text = f"{extra} and {budgets[0]} are both a budget: keep one of kimg, steps and minutes"
        yield train.origin_of((extra,)).problem(text, "train")
    if "checkpoint_steps" in train.entries and "checkpoint_kimg" in train.entries:
        text = "checkpoint_kimg and checkpoint_steps say the same thing: keep one"
        yield train.origin_of(("checkpoint_kimg",)).problem(text, "train")


def _latent_generator(tree: Table, draft: Draft) -> Iterator[Problem]:
    origin = tree.origin_of(("generator", "type"))
    name = draft.generator.component.name if draft.generator else ""
    if draft.generator and "data" not in tree.entries:
        if untrained(draft.generator.config):
            yield from _nothing_learned(tree, name)
            return
        yield _without_pictures(tree, draft.generator)
    if draft.data and draft.data.zoom > 1:
        text = f"zoom is for generators that repaint: '{name}' is measured against whole pictures"
        yield tree.origin_of(("data", "zoom")).problem(text, "data")
    if draft.data and draft.data.recolor:
        text = f"recolor is for generators that repaint: '{name}' takes [[augmentations]] instead"
        yield tree.origin_of(("data", "recolor")).problem(text, "data")
    if is_exported(tree):
        return
    if "discriminator" not in tree.entries:
        yield origin.problem(f"'{name}' learns against a discriminator: add [discriminator] with a type", "generator")
    if draft.losses is not None and not any(loss.may_be_adversarial for loss in draft.losses):
        text = 'no loss trains the two networks against each other: add one of type "adversarial"'
        yield tree.origin_of(("losses",)).problem(text, "losses")


def _nothing_learned(tree: Table, name: str) -> Iterator[Problem]:
    """Tables that say how a network learns, of one that has nothing to learn from."""
    why = f"without [data] nothing is learned, and '{name}' paints untrained: leave it out, or add [data]"
    for key in ("discriminator", "losses", "augmentations", "backbone", "quality"):
        table = tree.table(key)
        if table is not None and (table.entries or key not in ENTRY_KINDS):
            yield table.origin.problem(why, key)
    train = tree.table("train")
    for key in train.entries if train else ():
        if key not in OF_UNTRAINED:
            yield tree.origin_of(("train", key)).problem(f"{key}: {why}", "train")


def _repainting_generator(tree: Table, generator: Part) -> Iterator[Problem]:
    if "data" not in tree.entries:
        yield _without_pictures(tree, generator)
    if "lock" in tree.entries:
        return  # a lock says everything, also what is of no effect
    if tree.table("train", "discriminator"):
        yield tree.origin_of(("train", "discriminator")).problem(_ALONE, "train.discriminator")
    quality = tree.table("quality")
    for key in quality.entries if quality else ():
        if tree.value("quality", key):
            text = f"{key}: pictures that are repainted are not measured against the real ones; leave it out"
            yield tree.origin_of(("quality", key)).problem(text, "quality")


def _without_pictures(tree: Table, generator: Part) -> Problem:
    text = f"'{generator.component.name}' learns from pictures: add [data] with folder = \"...\""
    return tree.origin_of(("generator", "type")).problem(text, "generator")


def _strangers(tree: Table, source: Input) -> Iterator[Problem]:
    for key, why in STRANGERS[source].items():
        node = tree.table(key)
        # An empty list is how a job says that it wants none.
        if node is not None and (node.entries or key not in ENTRY_KINDS):
            yield node.origin.problem(why, key)


def _out_of_place(tree: Table, draft: Draft, generator: Part, source: Input, registry: Registry) -> Iterator[Problem]:
    """Losses and outputs that cannot stand beside the generator, with those that can."""
    for key, parts in (("losses", draft.losses or ()), ("outputs", draft.outputs)):
        for part in parts:
            if source not in getattr(part.config, "paints", (source,)):
                fitting = _named(registry, part.kind, lambda config: source in getattr(config, "paints", ()))
                others = f"these can: {', '.join(fitting)}" if fitting else "none that is installed can"
                text = f"{part.kind} '{part.name}' cannot stand beside generator '{generator.component.name}'; {others}"
                yield tree.origin_of((key, part.name)).problem(text, f"{key}.{part.name}")


def _objections(tree: Table, draft: Draft, check: str, *about: object) -> Iterator[Problem]:
    """What networks have against something, where their config model has a method that can tell without building them."""
    for part in draft.networks:
        may_object = getattr(part.config, check, None)
        if may_object is None:
            continue
        try:
            may_object(*about)
        except ValueError as error:
            yield tree.origin_of((part.kind,)).problem(str(error), part.kind)


def _abilities(tree: Table, draft: Draft, registry: Registry) -> Iterator[Problem]:
    """What losses, outputs, classes and stages need of the networks, and what the networks need of each other."""
    for key, parts in (("losses", draft.losses or ()), ("outputs", draft.outputs)):
        for part in parts:
            requires: frozenset[str] = getattr(part.config, "requires", frozenset())
            for ability in sorted(requires):
                yield from _lacking(tree, draft, registry, ability, f"{part.kind} '{part.name}'", (key, part.name))
            if "classes" in requires and not (draft.data and draft.data.classes):
                text = f"{part.kind} '{part.name}' needs classes. Write [data] classes = true; each sub-folder is one"
                yield tree.origin_of((key, part.name)).problem(text, f"{key}.{part.name}")
    if draft.data and draft.data.classes:
        yield from _lacking(tree, draft, registry, "classes", "classes = true", ("data", "classes"))
    if draft.train and draft.train.stages:
        yield from _lacking(tree, draft, registry, "stages", "stages", ("train", "stages"))
    for part in draft.networks:
        if "scales" in _provided(part):
            who = f"{part.kind} '{part.component.name}'"
            yield from _lacking(tree, draft, registry, "scales", who, (part.kind, "type"))


def _lacking(
    tree: Table, draft: Draft, registry: Registry, ability: str, who: str, place: tuple[str, ...]
) -> Iterator[Problem]:
    """A problem for each network that should provide something and does not; abilities of plugins' own are theirs."""
    kinds, words = ABILITIES.get(ability, ((), ""))
    for part in draft.networks:
        if part.kind in kinds and ability not in _provided(part):
            text = f"{who} needs a {part.kind} with {words}; '{part.component.name}' has none"
            table = ".".join(place) if place[0] in ENTRY_KINDS else place[0]
            yield tree.origin_of(place).problem(f"{text}: {_able(registry, part.kind, ability)}", table)


def _provided(part: Part) -> frozenset[str]:
    """What a network provides; nothing where it does not say."""
    provided: frozenset[str] = getattr(part.config, "provides", frozenset())
    return provided


def _able(registry: Registry, kind: Kind, ability: str) -> str:
    """Which networks provide something: ``dcgan has``."""
    names = _named(registry, kind, lambda config: ability in getattr(config, "provides", ()))
    if not names:
        return f"no installed {kind} has"
    return f"{', '.join(names)} {'has' if len(names) == 1 else 'have'}"


def _named(registry: Registry, kind: Kind, fits: Callable[[Any], bool]) -> list[str]:
    """The components whose config model is as it should be."""
    names = []
    for component in registry.of_kind(kind):
        try:
            config = component.load_config()
        except ArtgenError:
            continue
        if fits(config):
            names.append(component.name)
    return names


def _stages(tree: Table, draft: Draft, train: TrainConfig, shape: PictureShape) -> Iterator[Problem]:
    """Stages grow up to the pictures' size, and all but the last say how long they take."""
    stages = train.stages
    short = min(shape.width, shape.height)
    last = len(stages) - 1

    def problem(text: str, index: int, key: str) -> Problem:
        return tree.origin_of(("train", "stages", index, key)).problem(text, f"train.stages.{index}")

    for index, (lower, upper) in enumerate(itertools.pairwise(stages), 1):
        if upper.size <= lower.size:
            yield problem(f"size must grow from stage to stage: {upper.size} comes after {lower.size}", index, "size")
    if stages[last].size != short:
        text = (
            f"the last stage must have the pictures' own size, whose shorter side is {short}, not {stages[last].size}"
        )
        yield problem(text, last, "size")
    for index, stage in enumerate(stages[:-1]):
        if stage.kimg is None:
            yield problem("missing key 'kimg': only the last stage lasts to the end of the budget", index, "kimg")
    if stages[last].kimg is not None:
        yield problem("the last stage lasts to the end of the budget: leave kimg out", last, "kimg")
    yield from _objections(tree, draft, "check_stages", [stage.size for stage in stages], shape)
