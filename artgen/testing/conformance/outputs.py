"""What is asked of outputs: they make files of a finished run, the same ones every time."""

from __future__ import annotations

import atexit
import functools
import getpass
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from artgen.config import OutputConfig
from artgen.errors import ArtgenError, FetchError, InterruptedRun
from artgen.job import read_lock
from artgen.launch.tasks import opened_source
from artgen.plugins import PluginManager
from artgen.runs.checkpoints import best_checkpoint
from artgen.runs.store import LOCK_NAME, Artifact, Run
from artgen.shards import Shard
from artgen.testing.conformance.trial import NAME, Trial
from artgen.testing.conformance.verdict import NotChecked, Told, Unmet, expect
from artgen.testing.pictures import copy_pictures
from artgen.testing.running import Silent

_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"}
_KINDS = {"picture", "sheet", "film", "page"}
_SHORTEST_SECRET = 3

_STYLE = {"type": "histogram", "images": ["pictures/church-at-auvers.png"]}
_NO_GAN: dict[str, Any] = {"discriminator": None, "augmentations": None, "quality": None, "losses": [_STYLE]}
_PAINTED: dict[str, Any] = {**_NO_GAN, "data": None, "train": None, "paint": {"steps": 2, "device": "cpu"}}
_STYLEGAN = {"type": "stylegan-lite", "latent": 8, "width": 0.02, "max_width": 8}

SHOWN: dict[str, list[dict[str, Any]]] = {
    "latent": [
        {},
        {"generator": _STYLEGAN},
        {"data": {"folder": "classes", "size": 32, "classes": True}},
    ],
    "picture": [{**_NO_GAN, "generator": {"type": "stylizer", "width": 4, "blocks": 1}}],
    "canvas": [
        {**_PAINTED, "generator": {"type": "canvas", "content": ["pictures/chelsea.png"], "size": 32}},
        {**_PAINTED, "generator": {"type": "canvas", "size": 32}},
    ],
}
"""Jobs whose pictures outputs are tried on, by what their generator paints from; the first that is not declined counts."""


def makes(trial: Trial) -> Told:
    """Files inside its folder of the run, each recorded, from every kind of generator that it can show."""
    told = []
    for source in _sources(trial):
        with _finished(trial, source) as run:
            began = time.perf_counter()
            made = _made(run)
            seconds = time.perf_counter() - began
            expect(bool(made), f"what it makes of a {source} generator", expected="artifacts", found="none")
            for artifact in made:
                _check(artifact, run)
            told.append(f"{source} {len(made)} in {seconds:.2f} s")
    return Told(", ".join(told))


def same_again(trial: Trial) -> Told:
    """Made again they are the same bytes, in this run and in another."""
    source = _sources(trial)[0]
    with _finished(trial, source) as run:
        first = _bytes(run, _made(run))
        again = _bytes(run, _made(run))
        expect(first == again, "made again in the same run", expected="the same files", found=_differing(first, again))
        shutil.rmtree(run.artifact_folder(NAME))
        shutil.rmtree(run.folder / "artifacts" / ".index", ignore_errors=True)
    with _finished(trial, source) as run:
        anew = _bytes(run, _made(run))
    expect(
        first == anew, "made in another run of the same job", expected="the same bytes", found=_differing(first, anew)
    )
    return Told(f"{sum(map(len, first.values())):,} bytes")


def in_shards(trial: Trial) -> Told:
    """What two processes make, each its share, is the same bytes as what one makes."""
    if trial.model.pieces is OutputConfig.pieces:
        raise NotChecked("its config does not say what it consists of")
    source = _sources(trial)[0]
    with _finished(trial, source) as run:
        pieces = run.job.outputs[0].config.pieces(source)
        for index in (1, 0):
            told = _made(run, Shard(index, 2))
            expect(not told, f"what `write` returns for shard {index} of 2", expected="nothing", found=told)
        expect(not run.artifacts(), "what shards have recorded", expected="nothing", found=run.artifacts())
        shared = _bytes(run, _made(run))
    with _finished(trial, source) as run:
        alone = _bytes(run, _made(run))
    expect(shared == alone, "made in two shards", expected="the same files", found=_differing(shared, alone))
    return Told(f"{pieces.count} pieces")


def keeps_secrets(trial: Trial) -> Told:
    """No file tells where it was made, or who made it."""
    with _finished(trial, _sources(trial)[0]) as run:
        files = _bytes(run, _made(run))
        secrets = {"the folder of the run": str(run.folder), "your home folder": str(Path.home())}
    secrets["your user name"] = f"/{_user()}/"
    for what, secret in secrets.items():
        if len(secret.strip("/\\")) >= _SHORTEST_SECRET:
            telling = [name for name, data in files.items() if secret.encode() in data]
            expect(not telling, f"{what} in its files", expected="nowhere", found=", ".join(telling))
    return Told()


def stops(trial: Trial) -> Told:
    """Asked to stop it raises InterruptedRun or is done at once, and the next time it makes what is missing."""
    with _finished(trial, _sources(trial)[0]) as run:
        run.interrupted = lambda: True
        try:
            _made(run)
            how = "was done at once"
        except InterruptedRun:
            how = "stopped"
        run.interrupted = lambda: False
        made = _made(run)
        expect(bool(made), "what it makes after it was stopped", expected="artifacts", found="none")
    return Told(how)


def _sources(trial: Trial) -> list[str]:
    paints = trial.model.paints
    sources = [source for source in ("latent", "picture", "canvas") if source in paints]
    expect(bool(sources), "`paints` of its config", expected="some of latent, picture, canvas", found=set(paints))
    return sources


@contextmanager
def _finished(trial: Trial, source: str) -> Iterator[Run]:
    """A run that has something to show and that the output does not decline, a copy of its own for each time."""
    outputs = [{"name": NAME, **trial.entry()}]
    declined = ""
    for number, tables in enumerate(SHOWN[source]):
        numbers = [int(path.name.rpartition("-")[2]) for path in trial.folder.glob(f"{source}-*")]
        inner = trial.in_folder(f"{source}-{max(numbers, default=0) + 1}")
        shutil.copytree(_ready(source, number), inner.folder, dirs_exist_ok=True)
        place = inner.folder / "runs" / NAME
        best = best_checkpoint(place / "checkpoints")
        try:
            job = inner.read({**tables, "outputs": outputs})  # where it is told what the generator lacks
            run = Run(place, NAME, job, read_lock(place / LOCK_NAME), best.info if best else None)
            _made(run)
        except FetchError as error:
            raise NotChecked(f"it cannot be had here: {error}".replace("\n", " ")) from error
        except ArtgenError as error:
            declined = str(error)
            continue
        shutil.rmtree(run.folder / "artifacts")
        yield Run(run.folder, run.name, job, run.lock, run.checkpoint)
        return
    raise Unmet(f"what it makes of a {source} generator", expected="artifacts", found=f"it declines: {declined}")


@functools.cache
def _ready(source: str, number: int) -> Path:
    """A folder with a finished run, made once for all outputs."""
    folder = Path(tempfile.mkdtemp(prefix="artgen-conformance-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    pictures = sorted(copy_pictures(folder / "pictures").iterdir())
    for name, some in (("even", pictures[::2]), ("odd", pictures[1::2])):
        (folder / "classes" / name).mkdir(parents=True)
        for picture in some:
            shutil.copy(picture, folder / "classes" / name)
    own = PluginManager(discover=False)
    Trial(own, own.registry.get("output", "images"), {}, folder).run({**SHOWN[source][number], "outputs": []})
    return folder


def _made(run: Run, shard: Shard | None = None) -> list[Artifact]:
    part, share = run.job.outputs[0], {"shard": shard} if shard else {}
    with opened_source(run, Silent(), None) as source:
        made = part.component.load()(part.config, part.name).write(source, run, **share)
    expect(isinstance(made, list), "what `write` returns", expected="a list of artifacts", found=type(made).__name__)
    return list(made)


def _check(artifact: Artifact, run: Run) -> None:
    path = run.folder / artifact.path
    inside = not artifact.path.is_absolute() and path.resolve().is_relative_to(run.folder.resolve())
    expect(inside, "the path of an artifact", expected="inside the run folder, relative to it", found=artifact.path)
    expect(path.is_file() and path.stat().st_size > 0, f"{artifact.path}", expected="a file", found="none, or empty")
    expect(artifact.kind in _KINDS, "the kind of an artifact", expected=sorted(_KINDS), found=artifact.kind)
    recorded = {one.path for one in run.artifacts()}
    expect(
        artifact.path in recorded, f"{artifact.path}", expected="recorded with run.record(...)", found="not recorded"
    )
    if path.suffix.lower() in _PICTURES:
        with Image.open(path) as image:
            image.load()


def _bytes(run: Run, made: list[Artifact]) -> dict[str, bytes]:
    return {artifact.path.as_posix(): (run.folder / artifact.path).read_bytes() for artifact in made}


def _differing(one: dict[str, bytes], other: dict[str, bytes]) -> str:
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return f"others: {', '.join(names[:3])}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # nobody in particular
        return os.environ.get("USER", "")
