"""Inception's weights: given, fetched once, never unpickled."""

from __future__ import annotations

import hashlib
import pickle
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import safetensors.torch
import torch
from artgen.backbones.published import PublishedFile
from artgen.errors import ArtgenError, FetchError

from artgen_fid import weights as own
from artgen_fid.inception import open_inception
from artgen_fid.weights import PUBLISHED, Weights, open_weights


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ARTGEN_FID_WEIGHTS", raising=False)
    return tmp_path / "cache" / "weights"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    """A place on this machine that publishes a small pickled file of tensors as if it were Inception's."""
    folder = tmp_path / "web"
    folder.mkdir()
    torch.save({"fc.bias": torch.arange(3.0)}, folder / PUBLISHED.name)
    data = (folder / PUBLISHED.name).read_bytes()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/{PUBLISHED.name}"
        digest = hashlib.sha256(data).hexdigest()
        monkeypatch.setattr(
            own, "PUBLISHED", PublishedFile(PUBLISHED.name, url, digest, len(data), PUBLISHED.otherwise)
        )
        yield server
        server.shutdown()
        thread.join()


def test_they_are_fetched_once_and_kept_as_safetensors(site: ThreadingHTTPServer, cache: Path) -> None:
    first = open_weights(None)
    assert first.sha256 == own.PUBLISHED.sha256
    assert [path.suffix for path in cache.iterdir()] == [".safetensors"]
    site.shutdown()
    site.server_close()
    again = open_weights(None)
    assert torch.equal(again.tensors["fc.bias"], torch.arange(3.0))
    assert again.sha256 == first.sha256


@pytest.mark.usefixtures("site")
def test_what_was_damaged_in_the_cache_is_not_used(cache: Path) -> None:
    open_weights(None)
    (kept,) = cache.iterdir()
    data = bytearray(kept.read_bytes())
    data[-1] ^= 1
    kept.write_bytes(data)
    with pytest.raises(ArtgenError, match="damaged") as raised:
        open_weights(None)
    assert raised.value.where == str(kept)


def test_without_a_network_the_error_says_what_is_missing_and_how_to_give_it(
    site: ThreadingHTTPServer, cache: Path
) -> None:
    site.shutdown()
    site.server_close()
    with pytest.raises(FetchError, match=r"weights-inception-2015-12-05-6726825d\.pth cannot be fetched") as raised:
        open_weights(None)
    for way in (str(cache), "--weights FILE", "weights = FILE", "ARTGEN_FID_WEIGHTS"):
        assert way in raised.value.hint
    assert not list(cache.iterdir())


def test_a_file_of_the_published_name_must_be_the_published_file(tmp_path: Path) -> None:
    path = tmp_path / PUBLISHED.name
    torch.save({"fc.bias": torch.zeros(3)}, path)
    with pytest.raises(ArtgenError, match="its sha256 is another"):
        open_weights(path)


def test_they_may_be_named_by_the_environment(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTGEN_FID_WEIGHTS", str(weights))
    found = open_weights(None)
    assert found.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()


class Trap:
    """Would run if it were unpickled."""

    sprung: list[bool] = []  # noqa: RUF012

    def __reduce__(self) -> tuple[object, tuple[bool]]:
        return Trap.sprung.append, (True,)


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_a_file_with_code_in_it_is_refused_and_not_run(how: str, tmp_path: Path) -> None:
    path = tmp_path / "evil.pth"
    if how == "torch":
        torch.save({"fc.bias": Trap()}, path)
    else:
        path.write_bytes(pickle.dumps({"fc.bias": Trap()}))
    with pytest.raises(ArtgenError, match="cannot be read"):
        open_weights(path)
    assert not Trap.sprung


def test_weights_of_another_network_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    safetensors.torch.save_file({"fc.bias": torch.zeros(3)}, path)
    with pytest.raises(ArtgenError, match="these are not the weights of Inception") as raised:
        open_inception(open_weights(path), "cpu")
    assert raised.value.where == str(path)


def test_opening_the_network_leaves_torch_fidelity_as_it_was_and_needs_no_torchvision(weights: Path) -> None:
    tensors = safetensors.torch.load_file(weights)
    before = {name for name in sys.modules if name.startswith(("torch_fidelity", "torchvision"))}
    network = open_inception(Weights(tensors, "", ""), "cpu")
    assert {name for name in sys.modules if name.startswith(("torch_fidelity", "torchvision"))} == before
    assert not any(parameter.requires_grad for parameter in network.parameters())
