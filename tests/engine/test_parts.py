"""The loop's small parts: rates, the moving average, late numbers, the budget."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from artgen.contracts import PictureShape
from artgen.engine.budget import Budget
from artgen.engine.config import EMAConfig, TrainConfig
from artgen.engine.ema import EMA
from artgen.engine.lagged import LAG_STEPS, LaggedNumbers
from artgen.engine.optimisers import cooldown_factor
from artgen.engine.tally import Tally
from artgen.generators.config import DCGANConfig
from artgen.generators.dcgan import DCGAN


def test_rates_stay_until_the_cooldown_and_end_at_zero():
    factors = [cooldown_factor(progress, 0.4) for progress in (0.0, 0.6, 0.8, 0.9, 1.0)]
    assert factors == pytest.approx([1, 1, 0.5, 0.25, 0])
    assert cooldown_factor(1.0, 0.0) == 1


def test_a_kimg_budget_counts_every_real_picture_and_ends_with_the_step_that_reaches_it():
    train = TrainConfig(kimg=1, batch=30, discriminator={"updates": 2})
    budget = Budget.of(train)
    assert budget.images_per_step == 60
    assert budget.steps == 17
    assert budget.share(17, 0) >= 1
    assert Budget.of(TrainConfig(kimg=4.03, batch=10)).steps == 403, "whose product in floats is a little more"


def test_a_budget_of_minutes_is_spent_by_the_clock():
    budget = Budget.of(TrainConfig(minutes=2))
    assert budget.share(10_000, 60) == 0.5
    assert budget.checkpoint_due(SimpleNamespace(step=3, seconds=16), 0)
    assert not budget.checkpoint_due(SimpleNamespace(step=3, seconds=16), 10)


@pytest.mark.parametrize("train", [TrainConfig(minutes=1440), TrainConfig(steps=86_400)], ids=["minutes", "steps"])
def test_a_long_training_tells_its_numbers_some_hundred_times(train: TrainConfig):
    budget = Budget.of(train)
    rows, last = 0, 0.0
    for step in range(1, 86_401):
        standing = SimpleNamespace(step=step, seconds=float(step))
        if budget.log_due(standing, last):
            rows, last = rows + 1, standing.seconds
    assert 450 <= rows <= 500


def test_a_short_training_tells_its_numbers_every_few_steps():
    budget = Budget.of(TrainConfig(minutes=1))
    assert [step for step in range(1, 31) if budget.log_due(SimpleNamespace(step=step, seconds=9.0 * step), 0)] == [
        10,
        20,
        30,
    ]


def small_generator() -> DCGAN:
    torch.manual_seed(0)
    return DCGAN(DCGANConfig(latent=8, width=4), PictureShape(16, 16, 3))


def test_after_one_half_life_the_old_weights_count_half():
    network = small_generator()
    ema = EMA(network, EMAConfig(half_life_kimg=0.1, ramp=0))
    before = [p.clone() for p in ema.generator.parameters()]
    with torch.no_grad():
        for p in network.parameters():
            p.add_(1.0)
    for _ in range(10):
        ema.update(images=10, images_seen=10_000)
    for old, new in zip(before, ema.generator.parameters(), strict=True):
        torch.testing.assert_close(new, old + 0.5)


def test_a_young_average_forgets_faster():
    network = small_generator()
    ema = EMA(network, EMAConfig(half_life_kimg=100, ramp=0.05))
    with torch.no_grad():
        for p in network.parameters():
            p.fill_(1.0)
    ema.update(images=10, images_seen=200)  # half-life 10 pictures
    first = next(ema.generator.parameters())
    ema.update(images=10, images_seen=0)  # nothing seen: all new
    assert torch.equal(next(ema.generator.parameters()), torch.ones_like(first))


def test_settled_statistics_belong_to_the_averaged_weights_and_leave_the_training_alone():
    network = small_generator().train()
    ema = EMA(network, EMAConfig())
    trained_buffers = [b.clone() for b in network.buffers()]
    weights = [p.clone() for p in ema.generator.parameters()]
    ema.settle()
    first = {k: v.clone() for k, v in ema.generator.state_dict().items()}
    ema.settle()
    assert all(torch.equal(first[k], v) for k, v in ema.generator.state_dict().items())
    assert all(torch.equal(a, b) for a, b in zip(trained_buffers, network.buffers(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(weights, ema.generator.parameters(), strict=True))
    assert not ema.generator.training
    norm = next(m for m in ema.generator.modules() if isinstance(m, nn.BatchNorm2d))
    z = torch.randn(512, 8, generator=torch.Generator().manual_seed(1))
    seen = {}
    hook = norm.register_forward_pre_hook(lambda _m, args: seen.update(x=args[0]))
    ema.generator(z)
    hook.remove()
    torch.testing.assert_close(norm.running_mean, seen["x"].mean((0, 2, 3)), atol=0.01, rtol=0.1)


def test_statistics_settle_in_smaller_pieces_where_the_device_has_no_memory_for_more():
    network = small_generator().train()
    ema, short = EMA(network, EMAConfig()), EMA(network, EMAConfig())
    ema.settle()
    tried = []

    def full(_module: nn.Module, args: tuple[torch.Tensor, ...]) -> None:
        tried.append(len(args[0]))
        if len(args[0]) > 20:
            raise torch.OutOfMemoryError("CUDA out of memory")

    short.generator.register_forward_pre_hook(full)
    short.settle()
    assert tried[:3] == [64, 32, 16]
    assert sum(count for count in tried if count <= 20) == 1024
    assert not short.generator.training
    buffers = dict(short.generator.named_buffers())
    for name, buffer in ema.generator.named_buffers():
        if "running" in name:
            torch.testing.assert_close(buffers[name], buffer, rtol=0.15, atol=0.05)


def test_statistics_settle_with_as_few_pictures_at_a_time_as_a_cpu_has_memory_for(monkeypatch: pytest.MonkeyPatch):
    def tried(ema: EMA) -> set[int]:
        counts = []
        norm = next(m for m in ema.generator.modules() if isinstance(m, nn.BatchNorm2d))
        hook = norm.register_forward_pre_hook(lambda norm, args: counts.append(len(args[0])) if norm.training else None)
        ema.settle()
        hook.remove()
        return set(counts)

    ema = EMA(small_generator().train(), EMAConfig())
    assert tried(ema) == {64}
    maps = []
    hooks = [m.register_forward_hook(lambda _m, _x, y: maps.append(y)) for m in ema.generator.modules()]
    ema.generator(torch.zeros(1, 8))
    for hook in hooks:
        hook.remove()
    largest = max(made.numel() * made.element_size() for made in maps if isinstance(made, torch.Tensor))
    monkeypatch.setattr("artgen.engine.ema.SETTLE_BYTES", 3 * largest * 8)
    assert tried(ema) == {8}


def test_numbers_arrive_a_fixed_count_of_steps_late_also_after_a_checkpoint():
    numbers = LaggedNumbers()
    arrived = []
    for step in range(10):
        late = numbers.pop()
        arrived.append(late[0] if late else None)
        numbers.push(torch.tensor([float(step)]))
        if step == 5:
            numbers = LaggedNumbers(numbers.values())
    assert arrived == [None] * LAG_STEPS + [0, 1, 2, 3, 4, 5]


def test_a_tally_gives_means_and_starts_anew():
    tally = Tally()
    for value in (1.0, 2.0, 6.0):
        tally.add("loss", torch.tensor(value))
    tally.add("other", torch.tensor(5.0))
    assert tally.means() == {"loss": 3.0, "other": 5.0}
    assert tally.means() == {}
