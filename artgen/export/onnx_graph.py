"""A generator as an ONNX model, checked against the network that it was made from.

Nothing is drawn by chance in the model: latents, classes and noise are its inputs, so that whoever has the numbers of a
seed has its picture.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from artgen.contracts import SHORTEST_SIDE_PX, SIDE_MULTIPLE_PX, PictureShape
from artgen.errors import ArtgenError

OPSET = 18
TOLERANCE = 1e-4
"""Of what onnxruntime paints against torch, per value of a picture in [-1, 1]."""
OUTPUT = "painted"

_NEEDED = ("onnx", "onnxruntime", "onnxscript")
_BATCH = 2
_CHECKED = ((3, 1), (1, 2))
"""(batch, times the size) that the model is checked at: others than it was traced with."""
_SIDE_PX = 32


class _Painter(nn.Module):
    """A latent generator as a function of tensors: z, the class where there are classes, each noise."""

    def __init__(self, generator: Any, shape: PictureShape) -> None:
        super().__init__()
        self.generator = generator
        self.classes = shape.classes

    def forward(self, *inputs: Tensor) -> Tensor:
        z, *rest = inputs
        of_class = {"label": rest.pop(0)} if self.classes else {}
        noise = dict(zip(self.generator.noise_shapes, rest, strict=True))
        painted: Tensor = self.generator.synthesize(self.generator.map(z, **of_class), noise or None).picture
        return painted


class _Repainter(nn.Module):
    """A stylizer as a function of tensors: pictures, and their styles where it has several."""

    def __init__(self, generator: Any) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, *inputs: Tensor) -> Tensor:
        painted: Tensor = self.generator(inputs[0], inputs[1] if len(inputs) > 1 else None).picture
        return painted


@dataclass(frozen=True)
class _Input:
    """One input of the model.

    Attributes:
        shape: behind the batch; empty for whole numbers.
        below: for whole numbers, what they are below.
        any_size: height and width are free, in steps of 8.
    """

    name: str
    shape: tuple[int, ...] = ()
    below: int = 0
    any_size: bool = False

    def drawn(self, batch: int, times: int, generator: torch.Generator) -> Tensor:
        """Values to trace and to check with."""
        if self.below:
            return torch.randint(self.below, (batch,), generator=generator)
        height, width = self.shape[-2:] if self.any_size else (0, 0)
        shape = (self.shape[0], height * times, width + SIDE_MULTIPLE_PX * times) if self.any_size else self.shape
        drawn = torch.randn(batch, *shape, generator=generator)
        return drawn.tanh() if self.any_size else drawn

    def dynamic(self, batch: Any) -> dict[int, Any]:
        """Which of its axes are free."""
        if not self.any_size:
            return {0: batch}
        sides = (torch.export.Dim(name, min=SHORTEST_SIDE_PX // SIDE_MULTIPLE_PX) for name in ("rows", "columns"))
        return {0: batch, **{axis: SIDE_MULTIPLE_PX * side for axis, side in enumerate(sides, 2)}}


def onnx_model(generator: Any, shape: PictureShape, told: Mapping[str, str]) -> bytes:
    """A finished generator as an ONNX file.

    Args:
        generator: on the CPU, in evaluation mode, in float32.
        shape: of the pictures that it was taught on.
        told: the model's metadata.

    Raises:
        ArtgenError: the extra is not installed, the network cannot be expressed, or the model paints something else.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ArtgenError(
            f"ONNX needs {', '.join(missing)}, which is not installed", hint="try: pip install 'artgen-toolkit[onnx]'"
        )
    inputs = _inputs(generator, shape)
    network = _Repainter(generator) if generator.input == "picture" else _Painter(generator, shape)
    model = _traced(network.eval(), inputs)
    _plain(model)
    model.producer_name, model.producer_version = "artgen", told.get("artgen", "")
    for key, text in told.items():
        model.metadata_props.add(key=key, value=text)
    data: bytes = model.SerializeToString(deterministic=True)
    _check(data, network, inputs)
    return data


def _inputs(generator: Any, shape: PictureShape) -> list[_Input]:
    label = [_Input("label", below=shape.classes)] if shape.classes else []
    if generator.input == "picture":
        return [_Input("picture", (shape.channels, _SIDE_PX, _SIDE_PX), any_size=True), *label]
    noise = [_Input(f"noise.{name}", (1, *size)) for name, size in generator.noise_shapes.items()]
    return [_Input("z", (generator.latent_size,)), *label, *noise]


def _traced(network: nn.Module, inputs: Sequence[_Input]) -> Any:
    """The network as a model proto of onnx."""
    batch = torch.export.Dim("batch")
    example = _drawn(inputs, _BATCH, 1)
    with _quiet(), torch.no_grad():
        try:
            program = torch.onnx.export(
                network,
                example,
                dynamo=True,
                input_names=[one.name for one in inputs],
                output_names=[OUTPUT],
                dynamic_shapes=(tuple(one.dynamic(batch) for one in inputs),),
                opset_version=OPSET,
                verbose=False,
            )
        except Exception as error:
            reason = str(error.__cause__ or error).strip().partition("\n")[0]
            raise ArtgenError(
                f"the network cannot be expressed in ONNX: {reason}", hint="The other forms work: --format folder"
            ) from error
    return cast(Any, program).model_proto


def _drawn(inputs: Sequence[_Input], batch: int, times: int) -> tuple[Tensor, ...]:
    numbers = torch.Generator().manual_seed(0)
    return tuple(one.drawn(batch, times, numbers) for one in inputs)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter warns of libraries that are not there and of its own plans."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def _plain(model: Any) -> None:
    """Take out where in the exporter's and the network's source each part comes from: it names folders."""
    for graph in (model.graph, *model.functions):
        for part in (graph, *graph.node, *graph.value_info):
            part.ClearField("metadata_props")
            part.ClearField("doc_string")
    for part in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    model.ClearField("metadata_props")


def _check(data: bytes, network: nn.Module, inputs: Sequence[_Input]) -> None:
    """Paint with onnxruntime and with torch.

    Raises:
        ArtgenError: they differ.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    for batch, times in _CHECKED:
        drawn = _drawn(inputs, batch, times)
        with torch.no_grad():
            expected = network(*drawn)
        try:
            (painted,) = session.run(
                [OUTPUT], {one.name: value.numpy() for one, value in zip(inputs, drawn, strict=True)}
            )
        except Exception as error:
            raise ArtgenError(f"the ONNX model does not paint {batch} pictures at once: {error}") from error
        difference = float((torch.from_numpy(painted) - expected).abs().max())
        if not difference <= TOLERANCE:
            raise ArtgenError(
                f"the ONNX model paints something else: values differ by up to {difference:.2g}, "
                f"and {TOLERANCE:g} is allowed",
                hint="Nothing was written. Please report it; the other forms work: --format folder",
            )
