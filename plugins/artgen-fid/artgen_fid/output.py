"""The output: a job measures itself when its training is done."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from artgen.runs.files import write_text

from artgen_fid.measure import caution, in_words, measure

if TYPE_CHECKING:
    from artgen.latents.sampler import Sampler
    from artgen.runs.store import Artifact, Run

    from artgen_fid.config import FidConfig


class Fid:
    """Measures the pictures of a finished generator; writes ``fid.json`` and, to be read, ``artifacts/NAME/fid.txt``.

    Args:
        config: how many pictures, against which.
        name: of the output in the job.
    """

    def __init__(self, config: FidConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run) -> list[Artifact]:
        """Measure, keep the figures, and tell them on stderr, where they disturb no machine that reads the progress.

        Raises:
            InterruptedRun: the user asked to stop.
            ArtgenError: there are no weights or no real pictures.
        """
        figures = measure(source, run, self.config)
        words = [f"{run.name}: {in_words(figures)}"]
        if text := caution(figures):
            words.append(f"warning: {text}")
        print(*words, sep="\n", file=sys.stderr, flush=True)
        path = run.artifact_folder(self.name) / "fid.txt"
        write_text(path, "\n".join([*words, "", *(f"{key}: {value}" for key, value in figures.items())]) + "\n")
        return [run.record("page", path, self.name, fid=figures["fid"], kid=figures["kid"])]
