"""A batch that does not fit is worked on in pieces: the same training, in less memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from artgen.contracts import Painted
from artgen.data.cache import open_pictures
from artgen.data.sample import Stream
from artgen.engine.checkpoint import thin_out, write_checkpoint
from artgen.engine.footprint import measure_footprint
from artgen.engine.journal import RunJournal
from artgen.engine.learn import gradients
from artgen.engine.memory import MicroBatches, available_bytes, fitting
from artgen.engine.samples import Samples
from artgen.engine.state import TrainState
from artgen.errors import ArtgenError
from artgen.generators.dcgan import DCGAN
from artgen.job.model import Job
from artgen.plugins import plugin_manager
from artgen.quality.exam import Exam
from artgen.runs.checkpoints import latest_checkpoint
from artgen.runs.metrics import MetricsLog
from artgen.runs.progress import open_progress
from artgen.runs.store import Run
from tests.engine.test_train import train_on

# nothing here looks at its whole batch, or changes with every look as spectral norm does
PLAIN = ('generator.norm="none"', 'discriminator.norm="none"')

MAPPED = 'generator={type="stylegan-lite", latent=8, width=0.01}'


class Greedy(DCGAN):
    """A generator for which three pictures at a time are too many."""

    def synthesize(self, w: Tensor, noise: Mapping[str, Tensor] | None = None) -> Painted:
        if len(w) > 2 and self.training:
            raise torch.OutOfMemoryError("made up")
        return super().synthesize(w, noise)


def greedy(job: Job) -> Job:
    component = replace(job.generator.component, target=f"{__name__}:Greedy")
    return replace(job, generator=replace(job.generator, component=component))


def learned(job: Job, micro_batch: int) -> list[Tensor]:
    state = TrainState.build(job, job.data.shape)
    state.micro_batches.size = micro_batch
    samples = Samples(state, Stream(open_pictures(job.data), 3, True), 3, job.train.batch, 1)
    gradients(state, samples.of_discriminator(0), backward=True)
    found = [weight.grad.clone() for weight in state.discriminator.parameters()]
    gradients(state, samples.of_generator(0), backward=True)
    return found + [weight.grad for weight in state.generator.parameters()]


@pytest.mark.parametrize("micro_batch", [1, 2, 3])
def test_gradients_of_micro_batches_add_up_to_those_of_the_batch(tiny_job, micro_batch: int):
    job = tiny_job(*PLAIN)
    for whole, parts in zip(learned(job, 4), learned(job, micro_batch), strict=True):
        torch.testing.assert_close(parts, whole, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("micro_batch", [1, 2, 3])
@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_path_length_counts_each_of_its_samples_once_in_micro_batches(tiny_job, micro_batch: int, share: float):
    def told(decay: float, size: int) -> tuple[Tensor, Tensor, list[Tensor]]:
        options = f'{{type="path-length", every=1, share={share}, decay={decay}}}'
        losses = f'losses=[{options}, {{type="adversarial", weight=0.0}}]'
        job = tiny_job(PLAIN[1], 'train.precision="fp64"', losses, MAPPED)
        state = TrainState.build(job, job.data.shape)
        state.micro_batches.size = size
        samples = Samples(state, Stream(open_pictures(job.data), 3, True), 3, job.train.batch, 1)
        learned = gradients(state, samples.of_generator(0), backward=True)
        found = [weight.grad for weight in state.generator.parameters() if weight.grad is not None]
        return learned.numbers["loss/path-length/generator"], state.losses[0].loss.mean, found

    # pieces move the mean one after the other, so that losses are compared where it hardly moves
    (loss, _, found), (expected, _, wanted) = told(1e-15, micro_batch), told(1e-15, 4)
    torch.testing.assert_close(loss, expected, rtol=1e-12, atol=0)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-9)
    torch.testing.assert_close(told(0.25, micro_batch)[1], told(0.25, 4)[1], rtol=1e-12, atol=0)


def test_a_training_that_runs_out_of_memory_goes_on_with_smaller_pieces(tiny_job, tmp_path):
    state, _ = train_on(greedy(tiny_job(*PLAIN)), tmp_path)
    assert state.step == 20
    assert state.micro_batches.size == 2
    assert state.healthy()


def test_the_size_of_the_pieces_is_in_the_checkpoint(tiny_job, tmp_path):
    job = greedy(tiny_job(*PLAIN))
    train_on(job, tmp_path, stop_at=5)
    checkpoint, _ = latest_checkpoint(tmp_path)
    assert checkpoint is not None
    assert checkpoint.state["micro_batch"] == 2
    state = TrainState.build(job, job.data.shape)
    state.restore(checkpoint)
    assert state.micro_batches.size == 2


@contextlib.contextmanager
def journal_of(run: Run, state: TrainState, exam: Exam | None = None) -> Iterator[RunJournal]:
    job = run.job
    with contextlib.closing(MetricsLog(run.metrics_file, step=0)) as metrics:
        yield RunJournal(
            run,
            job.data.shape,
            state,
            Stream(open_pictures(job.data), 3, True),
            metrics=metrics,
            progress=open_progress("quiet"),
            plugins=plugin_manager(),
            exam=exam,
            rebuild=lambda bad: bad.become(TrainState.build(job, job.data.shape)),
        )


def test_a_checkpoint_is_written_where_there_is_no_memory_to_measure_it(tiny_job, tmp_path, capsys):
    class Unmeasurable(Exam):
        def measure(self, fakes, *, premultiplied: bool = False):
            raise torch.OutOfMemoryError("made up")

    job = tiny_job("quality.during=4")
    state = TrainState.build(job, job.data.shape)
    run = Run(tmp_path, "tiny", job, {})
    with journal_of(run, state, Unmeasurable(open_pictures(job.data).array)) as journal:
        journal.checkpoint(state, {})
    checkpoint, _ = latest_checkpoint(run.checkpoints)
    assert checkpoint is not None
    assert checkpoint.quality == {}
    assert "no memory to measure pictures in" in capsys.readouterr().err


@pytest.mark.parametrize("saved", [True, False], ids=["to a checkpoint", "to the beginning"])
def test_going_back_keeps_the_size_of_the_pieces_and_the_time_that_was_spent(tiny_job, tmp_path, saved: bool):
    job = tiny_job()
    state = TrainState.build(job, job.data.shape)
    run = Run(tmp_path, "tiny", job, {})
    if saved:
        write_checkpoint(run.checkpoints, state.tensors(), state.numbers())
    told: list[str] = []
    state.micro_batches.size = 2
    state.micro_batches.warn = told.append
    state.seconds = 90.0
    with journal_of(run, state) as journal:
        journal.go_back(state)
    assert state.rollbacks == 1
    assert state.micro_batches.size == 2
    assert state.seconds == 90
    state.micro_batches.warn("still heard")
    assert told == ["still heard"]


@pytest.mark.parametrize("saved", [True, False], ids=["a checkpoint", "no checkpoint"])
def test_numbers_that_go_bad_too_often_are_told_with_a_way_out_that_is_open(tiny_job, tmp_path, saved: bool):
    job = tiny_job()
    state = TrainState.build(job, job.data.shape)
    run = Run(tmp_path, "tiny", job, {})
    if saved:
        write_checkpoint(run.checkpoints, state.tensors(), state.numbers())
    state.rollbacks = 3
    with journal_of(run, state) as journal, pytest.raises(ArtgenError) as told:
        journal.go_back(state)
    assert "lower [train.generator] rate and [train.discriminator] rate" in str(told.value.hint)
    assert (
        f"another name, which goes on from here with [train] from = '{run.folder.as_posix()}'" in told.value.hint
    ) is saved
    assert ("begin anew with --fresh" in told.value.hint) is not saved
    assert "fp32" not in told.value.hint, "it is that already"


def diversity(share: float, widest: float = 0.9) -> dict[str, Tensor | int]:
    """A watch that has seen painted pictures vary so much."""
    return {"means": torch.tensor([1.0, share**2, 0.5, 0.0, 0.0]), "widest": torch.tensor(widest), "steps": 500}


def left_by_collapsing(run: Run, state: TrainState, damaged: int | None = None) -> None:
    """Checkpoints of a training whose pictures become alike; the worst has the best figure."""
    for step, share, high in ((5, 0.9, 0.3), (9, 0.8, 0.2), (12, 0.7, 0.4), (15, 0.4, 0.1), (18, 0.3, 0.05)):
        state.step = step
        state.watch.load_state_dict(diversity(share))
        told = {**state.numbers(), "quality": {"quality/kid_vgg_high": high}}
        checkpoint = write_checkpoint(run.checkpoints, state.tensors(), told)
        if step == damaged:
            file = checkpoint.path / "discriminator.safetensors"
            file.write_bytes(file.read_bytes()[:-1])
    state.watch.load_state_dict(diversity(1e-3))


def test_going_back_from_a_collapse_leads_to_where_pictures_varied_whatever_was_measured(tiny_job, tmp_path):
    job = tiny_job()
    state = TrainState.build(job, job.data.shape)
    run = Run(tmp_path, "tiny", job, {})
    left_by_collapsing(run, state)
    thin_out(run.checkpoints, 1e9)
    with journal_of(run, state) as journal:
        assert journal.mend(state)
    assert state.step == 12


def test_going_back_from_a_collapse_passes_over_a_damaged_checkpoint(tiny_job, tmp_path, capsys):
    job = tiny_job()
    state = TrainState.build(job, job.data.shape)
    run = Run(tmp_path, "tiny", job, {})
    left_by_collapsing(run, state, damaged=12)
    with journal_of(run, state) as journal:
        assert journal.mend(state)
    assert state.step == 9
    assert "checkpoint 00000012 is damaged and is left out" in capsys.readouterr().err


def test_going_back_from_a_collapse_leads_to_the_last_checkpoint_where_none_varied(tiny_job, tmp_path):
    job = tiny_job()
    state = TrainState.build(job, job.data.shape)
    run = Run(tmp_path, "tiny", job, {})
    for state.step, share in ((5, 0.15), (9, 0.12)):
        state.watch.load_state_dict(diversity(share, widest=0.21))
        write_checkpoint(run.checkpoints, state.tensors(), state.numbers())
    state.watch.load_state_dict(diversity(1e-3, widest=0.21))
    with journal_of(run, state) as journal:
        assert journal.mend(state)
    assert state.step == 9


def test_running_out_with_one_picture_is_the_end():
    pieces = MicroBatches(4)
    told: list[str] = []
    pieces.warn = told.append

    def never_enough() -> None:
        raise torch.OutOfMemoryError("made up")

    with pytest.raises(torch.OutOfMemoryError):
        pieces.stepping_down(never_enough)
    assert [text.split("with ")[1].split()[0] for text in told] == ["2", "1"]


def test_pieces_cover_the_batch_once():
    pieces = MicroBatches(10, 4)
    assert list(pieces.slices()) == [(0, 3), (3, 3), (6, 4)]
    assert not pieces.whole
    assert MicroBatches(10, 99).whole


def test_the_largest_half_that_fits_is_taken():
    gigabyte = 10**9
    assert fitting(32, 0, gigabyte, 100 * gigabyte) == 32
    assert fitting(32, 0, gigabyte, 30 * gigabyte) == 16
    assert fitting(32, 90 * gigabyte, gigabyte, 100 * gigabyte) == 1
    assert available_bytes() > 0


def cgroup(folder: Path, version: int, limit: str, used: int, stat: str) -> None:
    names = ("memory.max", "memory.current") if version == 2 else ("memory.limit_in_bytes", "memory.usage_in_bytes")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in zip((*names, "memory.stat"), (limit, f"{used}\n", stat), strict=True):
        (folder / name).write_text(text, encoding="ascii")


@pytest.fixture
def cgroups(tmp_path, monkeypatch) -> Path:
    """Where a process's cgroups are; it is in ``/pod/box`` of both versions."""
    own = tmp_path / "own"
    own.write_text("4:cpuset,memory:/pod/box\n2:cpu:/other\n0::/pod/box\n", encoding="ascii")
    monkeypatch.setattr("artgen.engine.memory._OWN_CGROUPS", own)
    monkeypatch.setattr("artgen.engine.memory._CGROUPS", tmp_path / "cgroup")
    return tmp_path / "cgroup"


@pytest.mark.parametrize(("version", "prefix"), [(2, ""), (1, "total_")])
def test_pages_that_hold_files_are_free_under_a_limit(cgroups: Path, version: int, prefix: str):
    stat = f"anon 300\n{prefix}inactive_file 400\n{prefix}active_file 200\nworkingset_refault_file 7\n"
    cgroup(cgroups if version == 2 else cgroups / "memory", version, "1000\n", 900, stat)
    assert available_bytes() == 700


@pytest.mark.parametrize("version", [2, 1])
def test_the_tightest_limit_around_a_process_counts(cgroups: Path, version: int):
    top = cgroups if version == 2 else cgroups / "memory"
    cgroup(top, version, "9000\n" if version == 1 else "max\n", 900, "")
    cgroup(top / "pod", version, "1000\n", 900, "")
    cgroup(top / "pod" / "box", version, "800\n", 100, "")
    cgroup(top / "other", version, "10\n", 0, "")
    assert available_bytes() == 100


def test_a_cgroup_outside_of_what_is_seen_is_not_looked_for(cgroups: Path, tmp_path: Path):
    (tmp_path / "own").write_text("0::/../elsewhere\n", encoding="ascii")
    cgroup(cgroups, 2, "1000\n", 900, "")
    cgroup(tmp_path / "elsewhere", 2, "10\n", 0, "")
    assert available_bytes() == 100


def test_a_footprint_grows_with_the_picture_and_the_network(tiny_job):
    def footprint(*sets: str):
        job = tiny_job(*sets)
        stream = Stream(open_pictures(job.data), 3, True)
        return measure_footprint(TrainState.build(job, job.data.shape), stream, 3)

    small, wide, large = footprint(), footprint("generator.width=8", "discriminator.width=8"), footprint("data.size=32")
    assert wide.fixed > 2 * small.fixed
    assert wide.per_picture > 1.5 * small.per_picture
    assert large.per_picture > 3 * small.per_picture
