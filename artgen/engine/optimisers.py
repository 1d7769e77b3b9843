"""Adam for the two networks, and the rates over the course of the training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from artgen.engine.config import OptimizerConfig


def build_adam(network: nn.Module, config: OptimizerConfig, device: torch.device) -> torch.optim.Adam:
    """Adam over all parameters of a network that learn, fused where torch has a fused one.

    Source: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015.
    """
    beta1, beta2 = config.betas
    return torch.optim.Adam(
        [weight for weight in network.parameters() if weight.requires_grad],
        lr=config.rate,
        betas=(beta1, beta2),
        weight_decay=config.weight_decay,
        fused=device.type in ("cpu", "cuda"),
    )


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Use this learning rate from the next update on."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def cooldown_factor(progress: float, cooldown: float) -> float:
    """What the rates are multiplied by: 1, then a straight line to 0 over the last `cooldown` share.

    Args:
        progress: share of the budget that is spent, 0 to 1.
        cooldown: length of the last stretch, as a share of the budget; 0 for none.
    """
    return 1.0 if cooldown == 0 else min(1.0, max(0.0, (1.0 - progress) / cooldown))


def freeze(parameters: Iterable[nn.Parameter], frozen: bool) -> None:
    """Let gradients reach these parameters, or not."""
    for parameter in parameters:
        parameter.requires_grad_(not frozen)


def adam_tensors(role: str, network: nn.Module, adam: torch.optim.Adam) -> dict[str, Tensor]:
    """What Adam keeps of each parameter, by ``ROLE/PARAMETER/KEY``."""
    return {
        f"{role}/{name}/{key}": value
        for name, parameter in network.named_parameters()
        for key, value in adam.state.get(parameter, {}).items()
    }


def restore_adam(role: str, network: nn.Module, adam: torch.optim.Adam, tensors: Mapping[str, Tensor]) -> None:
    """Give Adam what `adam_tensors` had of it."""
    adam.state.clear()
    for name, parameter in network.named_parameters():
        prefix = f"{role}/{name}/"
        saved = {key[len(prefix) :]: value for key, value in tensors.items() if key.startswith(prefix)}
        for key, value in saved.items():
            if key == "step":
                adam.state[parameter][key] = value.to(parameter.device)
            else:  # the moments share the parameter's memory layout
                adam.state[parameter][key] = torch.empty_like(parameter, requires_grad=False).copy_(value)
