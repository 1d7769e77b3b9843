"""How much two covariances have in common: tr (S^½ C S^½)^½, with an exact slope that costs no more than the value.

The slope by C is T/2 with T = S^½ (S^½ C S^½)^-½ S^½, the linear map that carries one normal distribution to the other.
Autograd through a root of matrices would take several times as long, and divide by zero where eigenvalues meet.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_ROUNDING = 2e-7
"""Of a trace: what float32 leaves uncertain of the small eigenvalues of a covariance."""
_SMALLEST = 1e-6
"""The smallest singular value that is carried to 1, as a share of the norm."""
_ITERATIONS = 20
_SHORT_OF_ONE = 0.98
"""Full steps would carry the largest singular values to nearly 0, where rounding is all that is left of them."""


def overlap(covariance: Tensor, root: Tensor, noise: Tensor) -> Tensor:
    """The trace of (S^½ (C + ε) S^½)^½, (B,).

    Args:
        covariance: C, (B, n, n); of any rank.
        root: S^½, (B, n, n), of what already has the noise.
        noise: ε, (B,), which is added to the diagonal.
    """
    value: Tensor = _Overlap.apply(covariance, root, noise)  # type: ignore[no-untyped-call]
    return value


def square_root(covariance: Tensor, noise: Tensor) -> Tensor:
    """(C + ε)^½, (B, n, n). Computed on the CPU in float64, as eigenvalues of styles are needed but once."""
    values, vectors = torch.linalg.eigh(covariance.to("cpu", torch.float64))
    values = values.clamp_min(0) + noise.to("cpu", torch.float64)[:, None]
    root: Tensor = (vectors * values.sqrt()[:, None]) @ vectors.mT
    return root.to(covariance)


class _Overlap(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, covariance: Tensor, root: Tensor, noise: Tensor) -> Tensor:
        # a GPU takes eigenvalues one by one, far more slowly than it multiplies; a CPU is exact in the same time
        by = by_eigenvalues if covariance.device.type == "cpu" else by_products
        value, transport = by(covariance, root, noise)
        ctx.save_for_backward(transport)
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        (transport,) = ctx.saved_tensors
        return slope[:, None, None] * transport / 2, None, None


def by_eigenvalues(covariance: Tensor, root: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """The overlap and T, in float64: products of covariances have condition numbers of which float32 keeps nothing."""
    wide, root, noise = covariance.double(), root.double(), noise.double()
    product = root @ _with_noise(wide, noise) @ root
    # there are no eigenvalues of NaN: torch would end all pictures with an error of its own
    finite = product.isfinite().all(dim=2).all(dim=1)
    values, vectors = torch.linalg.eigh(product.where(finite[:, None, None], 0.0))
    # both covariances have the noise, so that what is smaller than its square is rounding
    roots = values.clamp_min(noise.square()[:, None]).sqrt()
    half = root @ vectors
    value = roots.sum(dim=1).where(finite, torch.nan)
    return value.to(covariance), ((half / roots[:, None]) @ half.mT).to(covariance)


def by_products(covariance: Tensor, root: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """The same in float32, nearly all of it products of matrices; T to about 1e-4, the overlap to 1e-6.

    With C = L Lᵀ, the overlap is the sum of the singular values of A = S^½ L, whose condition number is only the root
    of that of S^½ C S^½: with its polar factor Q it is tr Qᵀ A, and T = S^½ Q L⁻¹.
    """
    trace = covariance.diagonal(dim1=1, dim2=2).sum(dim=1)
    noisy = _with_noise(covariance, torch.maximum(noise, _ROUNDING * trace))
    factor, failed = torch.linalg.cholesky_ex(noisy)  # it does not wait for the GPU to know whether it failed
    factor = factor.where(failed[:, None, None] == 0, torch.nan)
    product = root @ factor
    polar = _polar_factor(product)
    transport = torch.linalg.solve_triangular(factor, root @ polar, upper=False, left=False)
    return (polar * product).sum(dim=(1, 2)), (transport + transport.mT) / 2


def _polar_factor(matrices: Tensor) -> Tensor:
    """The orthogonal matrices nearest to (B, n, n), by scaled Newton-Schulz steps (J. Chen and E. Chow, 2014).

    The steps are of a fixed number and known beforehand, so that a GPU never waits.
    """
    x: Tensor = matrices / (1.01 * torch.linalg.matrix_norm(matrices, keepdim=True))
    smallest = _SMALLEST
    for _ in range(_ITERATIONS):
        scale = (3 / (1 + smallest + smallest**2)) ** 0.5 * _SHORT_OF_ONE if smallest < 0.9 else 1.0
        x = scale * (1.5 * x - 0.5 * scale**2 * (x @ (x.mT @ x)))
        smallest *= 0.5 * scale * (3 - (scale * smallest) ** 2)
    return x


def _with_noise(covariance: Tensor, noise: Tensor) -> Tensor:
    return covariance + torch.diag_embed(noise[:, None].expand(-1, covariance.shape[1]))
