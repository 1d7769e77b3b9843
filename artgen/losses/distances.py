"""How two tensors of one shape are compared."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from artgen.losses.config import Distance

DISTANCES: dict[Distance, Callable[[Tensor, Tensor], Tensor]] = {"l1": F.l1_loss, "l2": F.mse_loss}
"""By name: the mean absolute, or the mean squared difference."""
