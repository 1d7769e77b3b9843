"""Weights of timm's networks: given, fetched once, never unpickled."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch
from artgen.errors import ArtgenError, FetchError
from pydantic import ValidationError

from artgen_timm.backbone import Timm
from artgen_timm.config import TimmConfig
from conftest import MODEL


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache of weights; there is no network."""
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return tmp_path / "cache" / "weights" / "timm"


def fetched_before(cache: Path, weights: Path) -> Path:
    """The file as it lies in the cache once it was fetched."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    repository = cache / "models--timm--test_resnet.r160_in1k"
    for folder in ("refs", "blobs", "snapshots/0123"):
        (repository / folder).mkdir(parents=True)
    (repository / "refs" / "main").write_text("0123")
    shutil.copyfile(weights, repository / "blobs" / digest)
    (repository / "snapshots" / "0123" / "model.safetensors").symlink_to(repository / "blobs" / digest)
    return repository / "blobs" / digest


def test_nothing_is_unpickled(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("torch.load was called")

    monkeypatch.setattr(torch, "load", refuse)
    Timm(TimmConfig(model=MODEL, weights=weights))
    pickled = tmp_path / "pytorch_model.bin"
    torch.save(safetensors.torch.load_file(weights), pickled)
    with pytest.raises(ArtgenError, match="safetensors files alone") as raised:
        Timm(TimmConfig(model=MODEL, weights=pickled))
    assert raised.value.where == str(pickled)


def test_what_was_fetched_once_needs_no_network(weights: Path, cache: Path) -> None:
    blob = fetched_before(cache, weights)
    network = Timm(TimmConfig(model="test_resnet.r160_in1k"))
    given = Timm(TimmConfig(model=MODEL, weights=weights))
    seen = torch.zeros(1, 3, 32, 32)
    assert torch.equal(network(seen, ["layer2"])["layer2"], given(seen, ["layer2"])["layer2"])
    data = bytearray(blob.read_bytes())
    data[-1] ^= 1
    blob.write_bytes(data)
    with pytest.raises(ArtgenError, match="not the weights that are meant") as raised:
        Timm(TimmConfig(model="test_resnet.r160_in1k"))
    assert "fetched again" in raised.value.hint


def test_without_a_network_the_error_says_where_they_are_and_how_to_give_them() -> None:
    with pytest.raises(FetchError, match=r"the weights of 'test_resnet\.r160_in1k' cannot be fetched") as raised:
        Timm(TimmConfig(model="test_resnet.r160_in1k"))
    assert "https://huggingface.co/timm/test_resnet.r160_in1k/resolve/main/model.safetensors" in raised.value.hint
    assert "[backbone] weights" in raised.value.hint


def test_the_sha256_that_a_job_names_is_held(weights: Path) -> None:
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    Timm(TimmConfig(model=MODEL, weights=weights, sha256=digest))
    with pytest.raises(ArtgenError, match=rf"their sha256 is {digest}, not 0000"):
        Timm(TimmConfig(model=MODEL, weights=weights, sha256="0" * 64))
    with pytest.raises(ValidationError):
        TimmConfig(model=MODEL, sha256="abc")


def test_weights_of_another_network_and_damaged_files_are_errors(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtgenError, match="the weights of another network: Missing key") as raised:
        Timm(TimmConfig(model="test_convnext", weights=weights))
    assert raised.value.where == str(weights)
    half = tmp_path / "half.safetensors"
    half.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ArtgenError, match="cannot be read"):
        Timm(TimmConfig(model=MODEL, weights=half))
