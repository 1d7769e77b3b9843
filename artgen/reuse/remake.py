"""Making a picture again from what it carries."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.contracts import nearest_sides
from artgen.errors import ArtgenError, DataError, JobError
from artgen.job import read_job, read_lock
from artgen.reuse.find import checkpoint_with, pictures_with
from artgen.reuse.remade import Remade, broken, digest_of, name_in
from artgen.reuse.remake_command import refuse_pages_and_films
from artgen.runs.progress import Progress
from artgen.runs.store import LOCK_NAME, Run
from artgen.terminal import harmless

if TYPE_CHECKING:
    from artgen.contracts import PictureShape
    from artgen.engine.stylist import Stylist
    from artgen.outputs.difference import Difference
    from artgen.outputs.metadata.carried import Carried
    from artgen.outputs.works import Works
    from artgen.runs.checkpoints import Checkpoint

_MOST_PX = 1 << 28
_MOST_THREADS = 1024
_MOST_TIMES = 16


@dataclass(frozen=True)
class Places:
    """Where to look for what a picture was made of.

    Attributes:
        runs: folders with run folders in or below them.
        inputs: folders with photographs and paintings in or below them.
    """

    runs: Sequence[Path] = ()
    inputs: Sequence[Path] = ()


def remake(picture: Path, places: Places, out: Path | None, progress: Progress) -> Difference | None:
    """Make a picture again, and tell how far the new one differs.

    Args:
        picture: its file.
        places: where to look; where no runs are named, the run that the file is in, and ``runs`` here.
        out: where to keep the new one; None keeps nothing.
        progress: told what it was made of, and the difference.

    Returns:
        The difference; None where the file has another size by now.

    Raises:
        DataError: the picture does not say enough, or what it was made of is not there; the message has its sha256.
        JobError: it is no single picture; the message says what to do.
        ArtgenError: it cannot be painted or written.
    """
    import numpy as np

    from artgen.outputs.difference import KEEPS_PIXELS, difference, read_pixels
    from artgen.outputs.metadata import file_details
    from artgen.outputs.metadata.carried import read_carried
    from artgen.outputs.stills.images import ENDINGS, eight_bits, save_picture

    if out is not None and out.suffix.lower() not in ENDINGS:
        raise JobError(
            f"no picture can be written as '{out.name}'",
            where="--out",
            hint=f"Its ending is one of {', '.join(sorted(ENDINGS))}.",
        )
    carried = read_carried(picture)
    recipe = _recipe(carried, picture)
    refuse_pages_and_films(recipe, picture)
    times = _times(recipe)
    before, form = read_pixels(picture)
    with _threads_of(recipe), _made_again(recipe, picture, places, progress) as made:
        progress.say(f"{made.work.alt}: {made.how}")
        (painted,) = made.works.pixels([made.work])
        pixels = painted if before.dtype == painted.dtype else eight_bits(painted)
        told = {**made.works.recipe, **made.work.recipe}
        if times > 1:
            if pixels.size * times**2 > _MOST_PX:
                broken(f"{times} times its size is too large")
            pixels, told = np.tile(pixels, (times, times, 1)), {**told, "repeat": times}
        for note in _what_changed(recipe, told):
            progress.say(note)
        if out is not None:
            save_picture(pixels, out, file_details("full", told, made.work.alt), icc=made.works.icc)
            progress.say(str(out))
    result = difference(before, pixels)
    if result is None:
        height, width = pixels.shape[:2]
        progress.say(f"they cannot be compared: the file has another size by now, it was made with {width}×{height} px")
    else:
        lossy = "" if form in KEEPS_PIXELS or not result.largest else f"; {form} does not keep every pixel"
        progress.say(f"{result}{lossy}")
    return result


def _recipe(carried: Carried, picture: Path) -> Mapping[str, Any]:
    recipe, where = carried.recipe, harmless(str(picture))
    if recipe is None:
        why = f": {carried.trouble}" if carried.trouble else ""
        raise DataError(
            f"it does not say how artgen made it{why}", where=where, hint="artgen show PICTURE shows what it says."
        )
    if "artgen" not in recipe:
        said = harmless(", ".join(map(str, recipe))) or "nothing"
        hint = "Pictures say all when their output has metadata = 'full', as it has by default."
        raise DataError(f"it says too little to be made again: {said}", where=where, hint=hint)
    return recipe


@contextlib.contextmanager
def _made_again(recipe: Mapping[str, Any], picture: Path, places: Places, progress: Progress) -> Iterator[Remade]:
    runs = places.runs or _runs_around(picture)
    if "checkpoint" not in recipe:
        from artgen.reuse.remake_canvas import canvas_again

        # whoever names pictures alone wants it painted again, not taken from a run
        with canvas_again(recipe, places.runs if places.inputs else runs, places.inputs, progress) as made:
            yield made
        return
    run, checkpoint = _opened_run(recipe, runs)
    if "picture" in recipe:
        yield _repainted_again(recipe, run, checkpoint, places.inputs, progress)
    else:
        yield _generated_again(recipe, run, checkpoint, progress)


@contextlib.contextmanager
def _threads_of(recipe: Mapping[str, Any]) -> Iterator[None]:
    """As many threads as it was painted with on a processor: they decide the order of sums, and so the last bits."""
    from artgen.engine.threads import as_many_threads

    painted_with = recipe.get("painted_with")
    told = {**recipe, **(painted_with if isinstance(painted_with, dict) else {})}
    threads = told.get("threads")
    if threads is not None and (type(threads) is not int or not 1 <= threads <= _MOST_THREADS):
        broken("its number of threads is none")
    with as_many_threads(threads):
        yield


def _times(recipe: Mapping[str, Any]) -> int:
    """How often a tile is repeated either way."""
    times = recipe.get("repeat", 1)
    if not isinstance(times, int) or not 1 <= times <= _MOST_TIMES:
        broken("how often it is repeated is no number")
    return times


def _runs_around(picture: Path) -> list[Path]:
    """The run that a picture lies in, and those here."""
    around = [folder for folder in picture.absolute().parents if (folder / LOCK_NAME).is_file()]
    return around + [folder for folder in [Path("runs")] if folder.is_dir()]


def _opened_run(recipe: Mapping[str, Any], runs: Sequence[Path]) -> tuple[Run, Checkpoint]:
    """The run whose checkpoint it was, to read only."""
    told = recipe["checkpoint"]
    digest = digest_of(told.get("sha256") if isinstance(told, dict) else None)
    folder, checkpoint = checkpoint_with(digest, runs, harmless(str(recipe.get("job"))))
    (job,) = read_job(folder / LOCK_NAME, sets=["outputs=[]"], inputs_needed=False)
    run = Run(folder, job.name, job, read_lock(folder / LOCK_NAME), checkpoint.info)
    return run, checkpoint


def _generated_again(recipe: Mapping[str, Any], run: Run, checkpoint: Checkpoint, progress: Progress) -> Remade:
    from pydantic import ValidationError

    from artgen.engine.painting import open_sampler
    from artgen.outputs.seeded import Seeded
    from artgen.outputs.stills.config import TileConfig
    from artgen.outputs.stills.tile import Tiles

    seed = recipe.get("seed")
    if not isinstance(seed, int) or run.job.paints_from != "latent":
        broken("its seed is none")
    told = {"seeds": seed, "truncation": recipe.get("truncation", 1.0), "class": name_in(recipe, "class")}
    try:
        config = TileConfig.model_validate(told)
    except ValidationError as error:
        broken(str(error.errors()[0]["msg"]))
    device = _device(recipe, progress)
    sampler = open_sampler(run.job, checkpoint, device=device, shape=_shape_of(recipe, run), warn=progress.warn)
    paint = Tiles if recipe.get("padding") == "circular" else Seeded
    works = paint(sampler, [seed], config, "remake", run)
    return Remade(works.works[0], works, f"painted again by {run.folder}, step {checkpoint.step}")


def _repainted_again(
    recipe: Mapping[str, Any], run: Run, checkpoint: Checkpoint, inputs: Sequence[Path], progress: Progress
) -> Remade:
    from artgen.engine.stylist import open_stylist

    told = recipe["picture"]
    digest = digest_of(told.get("sha256") if isinstance(told, dict) else None)
    learned_from = run.job.data.folder if run.job.data else Path()
    folders = inputs or [folder for folder in [learned_from] if folder.is_dir()]
    file = pictures_with({"picture": [digest]}, folders)[digest]
    stylist = open_stylist(run.job, checkpoint, device=_device(recipe, progress))
    works = _repainted_works(recipe, file, digest, stylist, run)
    work = works.works[stylist.number_of(name_in(recipe, "style"))]
    return Remade(work, works, f"painted again by {run.folder}, step {checkpoint.step}, from {file}")


def _repainted_works(recipe: Mapping[str, Any], file: Path, digest: str, stylist: Stylist, run: Run) -> Works:
    """A photograph in every style, at the size that the recipe tells."""
    from artgen.data.artwork import read_artwork
    from artgen.data.headers import fitted
    from artgen.outputs.repainted import Photograph, Repainted
    from artgen.outputs.works import Original

    art = read_artwork(file)
    size = recipe.get("size", 0)
    if isinstance(size, int):  # a long side, or 0 for the picture's own
        height, width = fitted(art.height, art.width, min(size, _MOST_PX) or max(art.width, art.height))
    elif isinstance(size, list) and len(size) == 2 and all(isinstance(side, int) and side > 0 for side in size):
        width, height = size
    else:
        broken("its size is none")
    if width * height > _MOST_PX:
        broken(f"{width}×{height} pixels are too many")
    photograph = Photograph(file, file.stem, digest, width, height, art.pixels.shape[2])
    return Repainted(stylist, [photograph], [Original(name) for name in stylist.styles], run)


def _shape_of(recipe: Mapping[str, Any], run: Run) -> PictureShape | None:
    """That of a picture of a network that paints any size, which the picture tells; None where the run's own holds."""
    from artgen.reuse.render import paints_any_size

    told, own = recipe.get("shape"), run.job.shape
    if own is None or not paints_any_size(run.job) or not isinstance(told, list) or len(told) != 3:
        return None
    width, height = told[:2]
    if not all(isinstance(side, int) and nearest_sides(side) == (side,) for side in (width, height)):
        broken("its size is none")
    if width * height > _MOST_PX:
        broken(f"{width}×{height} pixels are too many")
    return replace(own, width=width, height=height)


def _device(recipe: Mapping[str, Any], progress: Progress) -> str:
    """The kind of device that it was painted on, or else the best there is."""
    from artgen.engine.precision import choose_device

    device = recipe.get("device")
    if device in ("cpu", "cuda", "mps"):
        with contextlib.suppress(ArtgenError):
            choose_device(device)
            return str(device)
        progress.warn(f"it was painted on {device}, which this machine has not: pixels may differ")
    return "auto"


def _what_changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What is not as it was, of what pixels may depend on."""
    versions = before.get("versions")
    told = {"artgen": before.get("artgen"), **(versions if isinstance(versions, dict) else {})}
    here = {"artgen": now["artgen"], **now["versions"]}
    for name, version in here.items():
        if told.get(name) not in (None, version):
            yield f"it was made with {name} {harmless(str(told[name])[:40])}; here is {version}"
