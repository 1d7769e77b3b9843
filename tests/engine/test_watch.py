"""What tells early whether a training goes wrong."""

from __future__ import annotations

import torch

from artgen.contracts import Painted
from artgen.engine.step import Step
from artgen.engine.watch import Watch
from artgen.seeding import Draws

CPU = torch.device("cpu")


def looked(
    real: torch.Tensor,
    fake: torch.Tensor,
    real_logits: torch.Tensor,
    fake_logits: torch.Tensor,
    watch: Watch | None = None,
    steps: int = 60,
) -> Watch:
    """A watch that has seen these for some steps, after whatever it saw before."""
    watch = watch or Watch(CPU)
    step = Step(
        "discriminator",
        paint=lambda: Painted(fake),
        real=lambda: real,
        discriminator=torch.nn.Identity(),
        augment=lambda pictures, _draws: pictures,
        draws=Draws(0, "test", 0, len(real)),
        images_seen=0,
        autocast=lambda: None,
    )
    for _ in range(steps):
        watch.take_in(watch.look(step, [real_logits], [fake_logits]))
    return watch


def noise(seed: int) -> torch.Tensor:
    return torch.randn(8, 3, 16, 16, generator=torch.Generator().manual_seed(seed))


def one() -> torch.Tensor:
    """Eight pictures that are the same."""
    return noise(1)[:1].expand(8, -1, -1, -1)


def test_pictures_that_have_become_alike_are_found():
    logits = (noise(3).flatten()[:8], noise(4).flatten()[:8])
    watch = looked(noise(2), one(), *logits, looked(noise(2), noise(5), *logits), steps=500)
    finding = watch.finding()
    assert finding is not None
    assert finding.wrong == "collapse"
    again = Watch(CPU)
    again.load_state_dict(watch.state_dict())
    assert again.finding() == finding


def test_pictures_that_do_not_differ_yet_are_no_collapse_and_are_told_of_when_it_lasts():
    logits = (noise(3).flatten()[:8], noise(4).flatten()[:8])
    watch = looked(noise(2), one(), *logits)
    assert watch.finding() is None
    finding = looked(noise(2), one(), *logits, watch, steps=500).finding()
    assert finding is not None
    assert finding.wrong == "no start"


def test_a_discriminator_that_is_never_mistaken_is_found_whatever_its_offset():
    finding = looked(noise(1), noise(2), torch.full((8,), 105.0), torch.full((8,), 100.0)).finding()
    assert finding is not None
    assert finding.wrong == "ahead"


def test_a_healthy_training_is_left_alone():
    watch = looked(noise(1), noise(2), torch.tensor([1.0, -1] * 4), torch.tensor([1.0, -2] * 4))
    assert watch.finding() is None
    assert 0.5 < float(watch.numbers()["guard/diversity"]) < 2


def test_pictures_one_at_a_time_say_nothing_about_sameness():
    watch = looked(noise(1)[:1], noise(2)[:1], torch.tensor([1.0]), torch.tensor([2.0]))
    assert watch.finding() is None


def test_what_was_seen_is_kept_in_checkpoints():
    watch = looked(noise(1), noise(2), noise(3).flatten()[:8], noise(4).flatten()[:8])
    again = Watch(CPU)
    again.load_state_dict(watch.state_dict())
    assert torch.equal(again.means, watch.means)
    assert again.steps == watch.steps
