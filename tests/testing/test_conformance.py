"""artgen's own components pass the checks that it asks of others, and what is wrong is told so that it can be mended."""

from __future__ import annotations

import importlib
import itertools
from pathlib import Path
from typing import Any

import pytest
import torch

from artgen.distributions import BUILTIN
from artgen.testing import conformance

from .laid import lay

LONG = {"learns", "cost", "looks", "makes", "canvases", "runs a job", "works everywhere"}
LONG |= {"same again", "in shards", "keeps secrets", "stops"}
"""What trains or makes files more than once: all of that is in the slow proof, and built-ins have tests of their own."""
FETCHED = ("backbone vgg16-imagenet", "backbone vgg19")
"""Their weights are fetched; tests/engine/test_backbones.py tries them on weights of their shapes."""
DECLINES = {("output tile", check) for check in ("makes", "same again", "in shards", "keeps secrets", "stops")}
"""It shows textures that were painted to be tiled, and no tiny job paints such."""

CASES = [
    case
    for case in conformance.cases_of(BUILTIN)
    if case.name not in FETCHED and (case.name, case.check) not in DECLINES
]


def _check(case: conformance.Case, folder: Path) -> None:
    try:
        case.run(folder)
    except conformance.NotChecked as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("name", sorted({case.name for case in CASES}))
def test_built_ins_pass(name: str, tmp_path: Path) -> None:
    ran = 0
    for number, case in enumerate(CASES):
        if case.name == name and case.check not in LONG:
            folder = tmp_path / str(number)
            folder.mkdir()
            try:
                case.run(folder)
            except conformance.NotChecked:
                continue
            ran += 1
    assert ran


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if case.check in LONG], ids=str)
def test_built_ins_pass_what_takes_longer(case: conformance.Case, tmp_path: Path) -> None:
    _check(case, tmp_path)


CONFIG = """
from artgen.config import {base}, option

class Config({base}):
    amount: float = option(1.0)
    {docstring}
"""

NUMBERS = itertools.count()


def broken(folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str, code: str, **config: str) -> dict[str, Any]:
    """The checks of a plugin with one component, by their names."""
    name = f"broken{next(NUMBERS)}"  # Python keeps modules by their names
    plugin = (
        "from artgen import hookimpl\n@hookimpl\ndef register_{plural}(register):\n"
        f'    register("broken", "{name}_part:Part", config="{name}_config:Config", summary="Broken")\n'
    )
    plural = "losses" if kind == "loss" else f"{kind}s"
    base = {"loss": "LossConfig"}.get(kind, f"{kind.capitalize()}Config")
    modules = {
        f"{name}_plugin": plugin.replace("{plural}", plural),
        f"{name}_part": code,
        f"{name}_config": config.get("text") or CONFIG.format(base=base, docstring='"""How much."""'),
    }
    place = lay(folder / name, f"artgen-{name}", {"artgen": {name: f"{name}_plugin"}}, **modules)
    monkeypatch.syspath_prepend(place)
    monkeypatch.setenv("PYTHONPATH", str(place))
    importlib.invalidate_caches()
    return {case.check: case for case in conformance.cases_of(f"artgen-{name}")}


LOSS = """
class Part:
    needs = frozenset()
    def __init__(self, config): pass
    def for_generator(self, step): return {value}
    def for_discriminator(self, step): return None
"""
AUGMENTATION = """
import torch
class Part:
    def __init__(self, config): pass
    def __call__(self, pictures, draws, strength=1.0): return {value}
"""
GENERATOR = """
import torch
from torch import nn
from artgen import Painted
class Part(nn.Module):
    input = "latent"
    def __init__(self, config, shape):
        super().__init__()
        self.latent_size, self.noise_shapes, self.shape = 4, {{}}, shape
        self.dense = nn.Linear(4, shape.channels * shape.height * shape.width)
        self.idle = nn.Linear(4, 4)
        self.scale = torch.rand(1).item() + 1
    def map(self, z, label=None): return z
    def synthesize(self, w, noise=None):
        return Painted({value})
"""
PAINTED = "torch.tanh(self.dense(w)).view(-1, self.shape.channels, self.shape.height, self.shape.width)"


@pytest.mark.parametrize(
    ("kind", "code", "check", "told"),
    [
        ("loss", LOSS.format(value="step.fake.picture.detach().mean()"), "says", "a value with a gradient"),
        ("loss", LOSS.format(value="step.fake.picture"), "says", r"\(\) or \(B,\)"),
        ("loss", LOSS.format(value="None"), "says", "a value in one phase at least"),
        ("augmentation", AUGMENTATION.format(value="pictures * strength"), "does something", "at strength 0"),
        (
            "augmentation",
            AUGMENTATION.format(value="pictures + strength * torch.rand_like(pictures)"),
            "draws alone",
            "twice",
        ),
        (
            "augmentation",
            AUGMENTATION.format(value="(pictures - pictures.mean() * strength)"),
            "draws alone",
            "beside them",
        ),
        ("augmentation", AUGMENTATION.format(value="pictures.detach() * 1"), "gradients", "can be computed"),
        ("generator", GENERATOR.format(value=f"2 * {PAINTED}"), "paints", r"within \[-1, 1\]"),
        ("generator", GENERATOR.format(value=f"{PAINTED}[:, :1]"), "paints", r"expected: \(4, 3, 32, 32\)"),
        ("generator", GENERATOR.format(value=PAINTED.replace("(w)", "(0 * w)")), "paints", "from its own latent"),
        ("generator", GENERATOR.format(value=PAINTED), "gradients", "none for idle.weight, idle.bias"),
        ("generator", GENERATOR.format(value=f"{PAINTED} / self.scale"), "state round trip", "persistent buffer"),
        (
            "generator",
            GENERATOR.format(value=f"{PAINTED} * torch.rand(())"),
            "pictures by themselves",
            "differs by up to",
        ),
    ],
)
def test_what_is_wrong_is_told(
    kind: str, code: str, check: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = broken(tmp_path, monkeypatch, kind, code)
    with pytest.raises(conformance.Unmet, match=told) as caught:
        cases[check].run(tmp_path)
    assert "expected:" in str(caught.value)
    assert "found:" in str(caught.value)


REMEMBERING = """
class Part:
    needs = frozenset()
    def __init__(self, config): self.mean, self.count = 0.0, 0
    def for_generator(self, step):
        value = step.fake.picture.square().mean()
        self.mean += float(value.detach())
        self.count += 1
        return value * self.mean / self.count{more}
    def for_discriminator(self, step): return None
"""
SOME_OF_IT = """ + value * self.count
    def state_dict(self): return {"mean": self.mean}
    def load_state_dict(self, state): self.mean = state["mean"]
"""
ALL_OF_IT = """ + value * self.count
    def state_dict(self): return {"mean": self.mean, "count": self.count}
    def load_state_dict(self, state): self.mean, self.count = state["mean"], state["count"]
"""


def test_what_a_loss_remembers_must_be_in_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for more in (" + value * self.count", SOME_OF_IT):
        cases = broken(tmp_path, monkeypatch, "loss", REMEMBERING.replace("{more}", more))
        with pytest.raises(conformance.Unmet, match="what it remembers is in its state_dict"):
            cases["state round trip"].run(tmp_path)
    cases = broken(tmp_path, monkeypatch, "loss", REMEMBERING.replace("{more}", ALL_OF_IT))
    assert cases["state round trip"].run(tmp_path).note == "mean, count"


def test_heavy_and_silent_configs_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import numpy\n" + CONFIG.format(base="LossConfig", docstring="")
    cases = broken(tmp_path, monkeypatch, "loss", LOSS.format(value="step.fake.picture.mean()"), text=text)
    with pytest.raises(conformance.Unmet, match="imports numpy"):
        cases["config is light"].run(tmp_path)
    with pytest.raises(conformance.Unmet, match="none under amount"):
        cases["options are told"].run(tmp_path)


@pytest.mark.parametrize("text", ["class Config: pass\n", "import nothing_at_all\n"])
def test_a_config_that_is_none_is_told(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = broken(tmp_path, monkeypatch, "generator", GENERATOR.format(value=PAINTED), text=text)
    with pytest.raises(conformance.Unmet, match=r"its config model\n.*\n.*(GeneratorConfig|nothing_at_all)"):
        cases["config is strict"].run(tmp_path)


def test_a_component_whose_options_must_be_given_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = CONFIG.format(base="LossConfig", docstring='"""How much."""').replace("option(1.0)", "option()")
    cases = broken(tmp_path, monkeypatch, "loss", LOSS.format(value="step.fake.picture.mean()"), text=text)
    with pytest.raises(
        conformance.NotChecked, match="amount must be given: say what to try it with in `trial` of Config"
    ):
        cases["says"].run(tmp_path)


OUTPUT = """
from pathlib import Path
from artgen.errors import FetchError
class Part:
    def __init__(self, config, name): self.name = name
    def write(self, source, run):
        {does}
        path = run.artifact_folder(self.name) / "classes.html"
        path.write_text(str(source.classes))
        return [run.record("page", path, self.name)]
"""
OF_CLASSES = CONFIG.format(base="OutputConfig", docstring='"""How much."""') + (
    '    requires = frozenset({"classes"})\n    paints = frozenset({"latent"})\n'
)


def test_an_output_that_asks_for_classes_is_given_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = broken(
        tmp_path, monkeypatch, "output", OUTPUT.format(does="assert len(source.classes) == 2"), text=OF_CLASSES
    )
    assert cases["makes"].run(tmp_path).note.startswith("latent 1 in")


def test_what_cannot_be_fetched_is_not_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = broken(tmp_path, monkeypatch, "output", OUTPUT.format(does="raise FetchError('no network')"))
    with pytest.raises(conformance.NotChecked, match="it cannot be had here: no network"):
        cases["makes"].run(tmp_path)


def test_checks_leave_torch_as_it_was(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    next(case for case in CASES if str(case) == "augmentation flips: augments").run(tmp_path)
    assert torch.get_num_threads() == before
