"""Any of kornia's augmentations, by name."""

from __future__ import annotations

from typing import Any

import kornia.augmentation
import torch
from torch import Tensor

from artgen.augmentations.config import KorniaConfig
from artgen.errors import ArtgenError
from artgen.layers.out_of_memory import is_out_of_memory
from artgen.seeding import Draws, seed_torch

_COLORS = 3
_NUMBERS = 2
_SEEDS = 2**24
"""As many as a uniform number in single precision can tell apart."""
_LEAST_ALPHA = 1 / 255


class Kornia:
    """One of kornia's augmentations, picture by picture.

    - kornia draws numbers for a batch at a time, from torch's global generator. Here each picture is augmented by
      itself, with the generator seeded by the picture's own draws and put back afterwards, so that no picture depends
      on its batch mates. That takes from a fifth of a millisecond to three per picture, and waits for the device: what
      artgen has itself (`diffaugment`, `adaptive`, `flips`) is faster.
    - What changes colours gets straight colours in 0…1, and leaves alpha alone; what moves pixels moves premultiplied
      colours and alpha together.
    - kornia clamps colours to 0…1. The generator still learns from pixels that came from beyond, but not from those
      that the augmentation itself drives beyond; and nothing through those that have no gradient at all (posterize,
      equalize, jpeg).

    Args:
        config: options.

    Raises:
        ArtgenError: kornia has no such augmentation, or it does not take these options.
    """

    def __init__(self, config: KorniaConfig) -> None:
        self.config = config
        self.augmentation = _built(config)
        self.changes_color = isinstance(self.augmentation, kornia.augmentation.IntensityAugmentationBase2D)

    def __call__(self, pictures: Tensor, draws: Draws, strength: float | Tensor = 1.0) -> Tensor:
        """Augment pictures.

        Args:
            pictures: (B, C, H, W) in [-1, 1], RGBA premultiplied.
            draws: one sample per picture.
            strength: what the probability is multiplied by.

        Returns:
            (B, C, H, W)

        Raises:
            ArtgenError: the augmentation changes the size of pictures.
        """
        chance = draws.uniform(_NUMBERS).tolist()
        probability = float(strength) * self.config.probability
        apply = self._recolored if self.changes_color else self._moved
        augmented = [pictures[index : index + 1] for index in range(len(pictures))]
        with torch.random.fork_rng([pictures.device] if pictures.is_cuda else []):
            for index, (happens, seed) in enumerate(chance):
                if happens < probability:
                    seed_torch(int(seed * _SEEDS), pictures.device)
                    augmented[index] = apply(augmented[index])
        return torch.cat(augmented)

    def _moved(self, picture: Tensor) -> Tensor:
        return self._through_kornia((picture + 1) * 0.5) * 2 - 1

    def _recolored(self, picture: Tensor) -> Tensor:
        color, alpha = picture[:, :_COLORS], picture[:, _COLORS:]
        color = (color + 1) * 0.5
        coverage = (alpha + 1) * 0.5 if alpha.shape[1] else torch.ones_like(color[:, :1])
        straight = _clamped(color / coverage.clamp_min(_LEAST_ALPHA))
        # many know three colours only: grey goes as three equal ones, and comes back as their mean
        changed = self._through_kornia(straight.expand(-1, _COLORS, -1, -1))
        changed = changed if color.shape[1] == _COLORS else changed.mean(dim=1, keepdim=True)
        return torch.cat((changed * coverage * 2 - 1, alpha), dim=1)

    def _through_kornia(self, picture: Tensor) -> Tensor:
        try:
            augmented: Tensor = self.augmentation(picture)
        except Exception as error:  # much is looked at only when there is a picture
            if is_out_of_memory(error):
                raise
            size = f"{picture.shape[3]}×{picture.shape[2]}"
            raise _refused(self.config, f"augment a picture of {size}", error) from error
        if augmented.shape != picture.shape:
            before, after = (f"{shape[3]}×{shape[2]}" for shape in (picture.shape, augmented.shape))
            raise ArtgenError(
                f"kornia's {self.config.augmentation} makes {after} of a picture of {before}",
                where="[[augmentations]]",
                hint="augmentations keep the size of pictures: change its options, or choose another",
            )
        return augmented


def _built(config: KorniaConfig) -> Any:
    kind: Any = getattr(kornia.augmentation, config.augmentation, None)
    if not is_augmentation(kind):  # where its source did not show that, see kornia_source
        raise ArtgenError(
            f"kornia has no augmentation of single pictures named '{config.augmentation}'",
            where="[[augmentations]]",
            hint="see https://kornia.readthedocs.io, kornia.augmentation",
        )
    # TOML has lists where kornia wants tuples
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in config.options.items()}
    try:
        return kind(**options, p=1.0)
    except Exception as error:  # whatever kornia raises for what it does not take
        raise _refused(config, "be made", error) from error


def _refused(config: KorniaConfig, what: str, error: Exception) -> ArtgenError:
    return ArtgenError(
        f"kornia's {config.augmentation} cannot {what} with these options: {error}",
        where="[[augmentations]] options",
        hint=f"see https://kornia.readthedocs.io, {config.augmentation}",
    )


def is_augmentation(kind: Any) -> bool:
    """Whether something of kornia's augments single pictures."""
    single = kornia.augmentation.AugmentationBase2D
    return isinstance(kind, type) and issubclass(kind, single) and not kind.__name__.endswith("Base2D")


def _clamped(color: Tensor) -> Tensor:
    """Colours in 0…1, with the gradient of a colour beyond as if it were inside."""
    return color + (color.clamp(0, 1) - color).detach()
