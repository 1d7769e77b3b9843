"""What is asked of both networks: gradients, seeds, state, devices and cost. How one is called, its kind says."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from artgen.contracts import PictureShape
from artgen.engine.footprint import counted_bytes
from artgen.engine.networks import build_network
from artgen.engine.precision import Precision, autocast_for
from artgen.layers.resolutions import stage_sizes
from artgen.seeding import Draws, seed_torch
from artgen.testing.conformance.trial import SEED, Trial, devices
from artgen.testing.conformance.verdict import Told, expect

Forward = Callable[[Any, PictureShape, torch.device], list[Tensor]]
"""Calls a network with inputs that are always the same on a device; everything that it returns, in order."""

COUNT = 4
CPU = torch.device("cpu")
_PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16")
_NUDGE = 0.05
"""How far weights are moved before their gradients are looked at: what begins at zero would hide others."""
_LISTED = 5


def built(trial: Trial, shape: PictureShape, *, seed: int = SEED, device: torch.device = CPU) -> Any:
    """The network as a training has it at its start."""
    return build_network(trial.part, shape, seed, device)


def gradients(trial: Trial, *forwards: Forward) -> Told:
    """A gradient comes to every parameter that learns, and is a number.

    Args:
        forwards: all ways in which it is called, one after the other.
    """
    network = built(trial, trial.shape).train()
    learning = [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]
    expect(bool(learning), "its parameters", expected="some that learn (requires_grad)", found="none")
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for _, weight in learning:
            weight.add_(torch.randn(weight.shape, generator=generator), alpha=_NUDGE)
    for forward in forwards:
        results = _seeded(forward, network, trial.shape, CPU)
        weighted([result for result in results if result.requires_grad]).backward()  # type: ignore[no-untyped-call]
    unreached = [name for name, weight in learning if weight.grad is None or not weight.grad.any()]
    expect(
        not unreached,
        "gradients of its parameters",
        expected=f"one for each of {len(learning)} tensors of weights",
        found=f"none for {_listed(unreached)}; freeze with requires_grad_(False) what shall not learn",
    )
    bad = [name for name, weight in learning if weight.grad is not None and not weight.grad.isfinite().all()]
    expect(not bad, "gradients of its parameters", expected="numbers", found=f"inf or nan in {_listed(bad)}")
    return Told(f"{sum(weight.numel() for _, weight in learning):,} weights learn")


def same_seed(trial: Trial, forward: Forward) -> Told:
    """The same seed is the same network to the bit; another seed is another one."""
    first, second = (built(trial, trial.shape) for _ in range(2))
    differing = [name for name, value in first.state_dict().items() if not same_bytes(value, second.state_dict()[name])]
    expect(
        not differing,
        "two networks of one seed",
        expected="the same weights to the bit, drawn from torch's own generator",
        found=f"others in {_listed(differing)}",
    )
    one, again = (_seeded(forward, network.train(False), trial.shape, CPU) for network in (first, second))
    expect(
        all(map(same_bytes, one, again)),
        "the same network and inputs, twice",
        expected="the same bytes",
        found=f"they differ by {_gap(one, again):.3g}; chance comes from the noise that is handed over, or from torch",
    )
    other = _seeded(forward, built(trial, trial.shape, seed=SEED + 1).train(False), trial.shape, CPU)
    expect(not all(map(same_bytes, one, other)), "another seed", expected="another network", found="the same one")
    return Told()


def state_round_trip(trial: Trial, forward: Forward) -> Told:
    """All that a network is goes into a file and comes back."""
    network = built(trial, trial.shape).train()
    _seeded(forward, network, trial.shape, CPU)  # running statistics move
    network.train(False)
    file = trial.folder / "state.safetensors"
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    safetensors.torch.save_file(state, file)
    fresh = built(trial, trial.shape, seed=SEED + 1).train(False)
    fresh.load_state_dict(safetensors.torch.load_file(file))
    before, after = (_seeded(forward, one, trial.shape, CPU) for one in (network, fresh))
    expect(
        all(map(same_bytes, before, after)),
        "a network whose state was saved and loaded into another",
        expected="the same bytes as before",
        found=f"they differ by {_gap(before, after):.3g}; what it needs must be a parameter or a persistent buffer",
    )
    return Told(f"{file.stat().st_size / 1e6:.2f} MB")


def devices_and_precisions(trial: Trial, forward: Forward) -> Told:
    """It works on every device of this machine, in full precision and under autocast."""
    reference = _seeded(forward, built(trial, trial.shape).train(False), trial.shape, CPU)
    tried = []
    for device in devices():
        network = built(trial, trial.shape, device=device).train(False)
        for precision in _PRECISIONS:
            with torch.no_grad(), autocast_for(device, precision)():
                results = _seeded(forward, network, trial.shape, device)
            where = f"on {device.type} in {precision}"
            expect(
                all(bool(result.isfinite().all()) for result in results),
                f"what it returns {where}",
                expected="numbers",
                found="inf or nan",
            )
            gap = _gap(reference, [result.float().cpu() for result in results])
            limit = 0.01 if precision == "fp32" else 0.25
            expect(
                gap <= limit,
                f"what it returns {where}",
                expected=f"about what the processor says in fp32 (mean difference up to {limit:g} of its spread)",
                found=f"{gap:.3g}",
            )
            tried.append(f"{device.type} {precision}")
    return Told(", ".join(tried))


def cost(trial: Trial, forward: Forward) -> Told:
    """How long a step takes and what it keeps for the way back; never wrong."""
    network = built(trial, trial.shape).train()
    weights = {weight.untyped_storage().data_ptr() for weight in network.parameters()}
    kept, times = 0, []
    for _ in range(3):
        began = time.perf_counter()
        with counted_bytes(weights) as count:
            results = forward(network, trial.shape, CPU)
        weighted([result for result in results if result.requires_grad]).backward()  # type: ignore[no-untyped-call]
        times.append(time.perf_counter() - began)
        kept = count["bytes"]
    return Told(
        f"{min(times) * 1000:.1f} ms there and back for {COUNT} pictures of {trial.shape}, {kept / 1e6:.1f} MB kept"
    )


def _seeded(forward: Forward, network: Any, shape: PictureShape, device: torch.device) -> list[Tensor]:
    """Call a network as a training does, which seeds torch before every step."""
    seed_torch(SEED, device)
    return forward(network, shape, device)


def weighted(results: Sequence[Tensor]) -> Tensor:
    """A number that depends on every entry of some tensors, on each differently."""
    total = torch.zeros((), device=results[0].device) if results else torch.zeros((), requires_grad=True)
    for index, result in enumerate(results):
        numbers = Draws(SEED, f"weighted/{index}", 0, 1, result.device).normal(result.numel())
        total = total + (result.float() * numbers.view(result.shape)).mean()
    return total


def same_bytes(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are the same to the bit."""
    return one.dtype == other.dtype and one.shape == other.shape and torch.equal(one, other)


def _gap(one: Sequence[Tensor], other: Sequence[Tensor]) -> float:
    """The largest mean difference of two tensors, in units of the first one's spread."""
    return max((_difference(a, b) for a, b in zip(one, other, strict=True)), default=0.0)


def _difference(one: Tensor, other: Tensor) -> float:
    one, other = one.detach(), other.detach()
    spread = float(one.float().std(correction=0).clamp_min(1e-3))
    return float((one.float() - other.float()).abs().mean()) / spread


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def sizes_to_grow_through(trial: Trial) -> list[int]:
    """The shorter sides of the stages that a network has; none where it does not grow."""
    if "stages" not in trial.model.provides:
        return []
    return [size for size in stage_sizes(trial.shape) if _may_be(trial, size)]


def _may_be(trial: Trial, size: int) -> bool:
    try:
        if hasattr(trial.config, "check_stages"):
            trial.config.check_stages([size], trial.shape)
    except ValueError:
        return False
    return True
