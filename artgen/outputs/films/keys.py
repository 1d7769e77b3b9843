"""What the keyframes of a timeline show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError
from artgen.latents.mixing import layers_of, mix_styles
from artgen.latents.saved_projections import projection_path, read_projection
from artgen.latents.truncation import truncate
from artgen.outputs.classes import label_called
from artgen.runs.checkpoints import sha256_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from artgen.latents.sampler import Noise, Sampler
    from artgen.latents.saved_projections import SavedProjection
    from artgen.outputs.films.config import Keyframe, TimelineConfig
    from artgen.runs.store import Run


class Keys:
    """Finds the point and the noise of keyframes.

    Args:
        source: of the generator.
        run: whose projections they may name.
        config: of the timeline.
        output: its name in the job.
        label: the film's class, where there are classes; None for every seed's own.

    Raises:
        ArtgenError: a keyframe names what is not there.
    """

    def __init__(self, source: Sampler, run: Run, config: TimelineConfig, output: str, label: int | None) -> None:
        self._source, self._run, self._config, self._label = source, run, config, label
        self._where = f"outputs.{output}.keyframes"

    def points(self) -> Sequence[tuple[Tensor, Noise]]:
        """What each keyframe shows, all of one shape: w, (D,) or (layers, D), and noise."""
        found = [self._point(key, f"{self._where}.{index}") for index, key in enumerate(self._config.keyframes)]
        layered = any(w.dim() > 1 for w, _ in found)
        return [(w.expand(self._source.layers, -1) if layered and w.dim() == 1 else w, noise) for w, noise in found]

    def _point(self, keyframe: Keyframe, where: str) -> tuple[Tensor, Noise]:
        label = self._label
        if keyframe.class_:
            label = label_called(keyframe.class_, self._source, f"{where}.class")
        if keyframe.projection:
            w, noise, label = self._projected(keyframe, where)
        else:
            w, noise = self._seed(keyframe, keyframe.seed or 0, label), keyframe.seed or 0
        for layers, seed in keyframe.mix.items():
            chosen = layers_of(self._source, layers, f"{where}.mix")
            w = mix_styles(self._source, w, self._seed(keyframe, seed, label), chosen)
        return w, noise

    def _seed(self, keyframe: Keyframe, seed: int, label: int | None) -> Tensor:
        psi = self._config.truncation if keyframe.truncation is None else keyframe.truncation
        point: Tensor = self._source.points([seed], psi, label)[0]
        return point

    def _projected(self, keyframe: Keyframe, where: str) -> tuple[Tensor, Noise, int | None]:
        found = read_projection(self._run.folder, keyframe.projection)
        if self._run.checkpoint and found.checkpoint != self._run.checkpoint.sha256:
            raise ArtgenError(
                f"'{keyframe.projection}' was found with another checkpoint, whose points are other pictures in this one",
                where=f"{where}.projection",
                hint="Project the picture again: artgen project RUN PICTURE",
            )
        if not self._fits(found):
            raise ArtgenError(
                f"'{keyframe.projection}' is no point of this generator",
                where=f"{where}.projection",
                hint="Project the picture again: artgen project RUN PICTURE",
            )
        label = label_called(found.label_name, self._source, where) if found.label_name else None
        psi = 1.0 if keyframe.truncation is None else keyframe.truncation
        return truncate(found.w, self._source.mean_w(label).cpu(), psi), found.noise, label

    def _fits(self, found: SavedProjection) -> bool:
        """Whether it has the shapes that the generator paints from; anybody may have changed the file."""
        source = self._source
        length = source.points([0], label=self._label).shape[-1]
        shapes = [(length,), (source.layers, length)] if source.layers else [(length,)]
        noise = {name: (1, *size) for name, size in source.generator.noise_shapes.items()}
        return tuple(found.w.shape) in shapes and {name: tuple(n.shape) for name, n in found.noise.items()} == noise


def projections_of(config: TimelineConfig, run: Path) -> dict[str, str]:
    """The sha256 of each projection that keyframes name, by its name."""
    files = {key.projection: projection_path(run, key.projection) for key in config.keyframes if key.projection}
    there = {name: file.with_suffix(".safetensors") for name, file in files.items()}
    return {name: sha256_of(file) for name, file in there.items() if file.is_file()}
