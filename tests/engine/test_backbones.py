from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.backbones.config import VGG16Config, VGG16ImageNetConfig, VGG19Config
from artgen.backbones.frozen import FrozenConvolution, average_pool, relu_
from artgen.backbones.imagenet import VGG19, VGG16ImageNet
from artgen.backbones.published import PublishedFile
from artgen.backbones.vgg16 import VGG16
from artgen.errors import ArtgenError

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
VGG16_PLACES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
VGG19_PLACES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)
CONTENT = b"as good as weights"


@pytest.fixture(scope="module")
def network() -> VGG16:
    return VGG16(VGG16Config(pooling="average"))


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


# what a layer sees


@pytest.mark.parametrize("layer", ["relu1_1", "relu2_2", "relu3_3", "relu4_2", "relu5_3"])
def test_a_layer_sees_exactly_its_cell_and_its_reach(network: VGG16, layer: str):
    stride, reach = network.strides[layer], network.reach[layer]
    side = 224
    place = side // 2 // stride
    picture = noise(1, 3, side, side).requires_grad_()
    network(picture, [layer])[layer][0, :, place, place].sum().backward()
    seen = picture.grad[0].ne(0).any(dim=0)
    first, last = place * stride - reach, (place + 1) * stride - 1 + reach
    for line in (seen.any(dim=0), seen.any(dim=1)):
        assert [line.nonzero().min(), line.nonzero().max()] == [first, last]


def test_reaches_are_those_of_the_published_networks():
    assert VGG16.reach["relu1_1"] == 1
    assert (VGG16.reach["relu5_1"], VGG19.reach["relu5_1"]) == (58, 70)
    assert (VGG16.strides["relu1_2"], VGG19.strides["relu5_4"]) == (1, 16)


@pytest.mark.parametrize(("top", "bottom"), [(0, 96), (64, 147)], ids=["at the upper border", "at the lower border"])
def test_a_tile_with_its_reach_around_it_has_the_features_of_the_whole(network: VGG16, top: int, bottom: int):
    layer, reach, stride = "relu4_1", 26, 8
    picture = noise(1, 3, 147, 64)
    whole = network(picture, [layer])[layer]
    above = max(0, top - 32)  # the reach, up to the next cell
    tile = network(picture[:, :, above : bottom + 32], [layer])[layer]
    assert reach == network.reach[layer]
    inside = slice((top - above) // stride, (bottom - above) // stride)
    expected = whole[:, :, top // stride : bottom // stride]
    torch.testing.assert_close(tile[:, :, inside], expected, rtol=1e-4, atol=1e-4 * expected.abs().max().item())


def test_what_is_left_over_beside_the_last_cell_is_seen_by_its_neighbours_only(network: VGG16):
    picture = noise(1, 3, 47, 33).requires_grad_()
    maps = network(picture, STYLE_LAYERS)
    assert maps["relu5_1"].shape == (1, 512, 2, 2)
    maps["relu5_1"].sum().backward()
    assert picture.grad[0, :, -1].abs().sum() > 0


def test_a_picture_smaller_than_a_cell_is_an_error_that_says_how_large_it_must_be(network: VGG16):
    assert network(noise(1, 3, 20, 8), ["relu4_1"])["relu4_1"].shape == (1, 512, 2, 1)
    with pytest.raises(ArtgenError, match="8×20 pixels is too small for relu5_1") as raised:
        network(noise(1, 3, 20, 8), STYLE_LAYERS)
    assert "at least 16 pixels" in raised.value.hint
    with pytest.raises(ArtgenError, match="7×20 pixels is too small for relu5_1") as raised:
        network(noise(1, 3, 20, 7), STYLE_LAYERS)
    assert "at least 16 pixels, or leave relu4_1, relu5_1 out" in raised.value.hint


# what is kept for the backward pass


def test_frozen_layers_have_the_values_and_slopes_of_ordinary_ones():
    convolution = FrozenConvolution(3, 4).double().requires_grad_(requires_grad=False)
    picture = noise(2, 3, 7, 6).double().requires_grad_()

    def frozen(x: Tensor) -> Tensor:
        return average_pool(relu_(convolution(x)))

    torch.testing.assert_close(
        frozen(picture), F.avg_pool2d(F.relu(F.conv2d(picture, convolution.weight, convolution.bias, padding=1)), 2)
    )
    assert torch.autograd.gradcheck(frozen, picture)
    assert torch.autograd.gradgradcheck(lambda x: frozen(x).square(), picture)


def kept_bytes_per_pixel(network: VGG16, picture: Tensor, **options: bool) -> float:
    """What a forward pass keeps for the backward pass, but for the weights."""
    own = {tensor.untyped_storage().data_ptr() for tensor in (*network.parameters(), *network.buffers())}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor  # the tensor too, or its memory is used again
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(picture.requires_grad_(), STYLE_LAYERS, **options)
    return (
        sum(tensor.untyped_storage().nbytes() for at, tensor in kept.items() if at not in own) / picture[0, 0].numel()
    )


def test_a_byte_is_kept_for_each_number_and_recomputing_keeps_what_blocks_begin_with(network: VGG16):
    picture = noise(1, 3, 64, 64)
    assert kept_bytes_per_pixel(network, picture) <= 270
    assert kept_bytes_per_pixel(network, picture, recompute=True) <= 135


def test_recomputing_gives_the_same_gradient(network: VGG16):
    gradients = []
    for recompute in (False, True):
        picture = noise(1, 3, 48, 40).requires_grad_()
        maps = network(picture, ["relu2_2", "relu1_1", "relu4_1"], recompute=recompute)
        assert list(maps) == ["relu1_1", "relu2_2", "relu4_1"]
        sum(values.square().mean() for values in maps.values()).backward()
        gradients.append(picture.grad)
    assert torch.equal(*gradients)


@pytest.mark.parametrize("recompute", [False, True])
def test_bf16_computes_nearly_the_same(network: VGG16, recompute: bool):
    gradients = []
    for enabled in (False, True):
        picture = noise(1, 3, 48, 48).requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            features = network(picture, ["relu3_1"], recompute=recompute)["relu3_1"]
        features.float().square().mean().backward()
        gradients.append(picture.grad)
    assert gradients[1].dtype == torch.float32
    assert F.cosine_similarity(*(gradient.flatten() for gradient in gradients), dim=0) > 0.99


# torchvision's weights


@pytest.fixture(scope="module")
def torchvision_weights() -> dict[str, Tensor]:
    """Random numbers under the names that torchvision has for VGG-16, and one of its dense layers, which is not used."""
    chance = torch.Generator().manual_seed(0)
    widths = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
    weights = {"classifier.6.bias": torch.zeros(1000)}
    for place, inputs, outputs in zip(VGG16_PLACES, widths, widths[1:], strict=False):
        spread = (2 / 9 / inputs) ** 0.5
        weights[f"features.{place}.weight"] = torch.randn(outputs, inputs, 3, 3, generator=chance) * spread
        weights[f"features.{place}.bias"] = torch.randn(outputs, generator=chance) * 0.1
    return weights


def save_legacy(weights: dict[str, Tensor], file: Path) -> None:
    torch.save(weights, file, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize(
    ("save", "suffix"),
    [(save_legacy, ".pth"), (torch.save, ".pth"), (safetensors.torch.save_file, ".safetensors")],
    ids=["pth of the old kind, as published", "pth", "safetensors"],
)
def test_a_file_of_torchvisions_weights_is_a_network_with_its_own_normalisation(
    torchvision_weights: dict[str, Tensor], tmp_path: Path, save: Callable[..., object], suffix: str
):
    file = tmp_path / f"mine{suffix}"
    save(torchvision_weights, file)
    picture = noise(1, 3, 32, 48)
    maps = VGG16ImageNet(VGG16ImageNetConfig(weights=file))(picture, VGG16ImageNet.layer_names)

    color, spread = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    x = ((picture.double() + 1) / 2 - torch.tensor(color).double().view(3, 1, 1)) / torch.tensor(spread).view(3, 1, 1)
    for place, (layer, found) in zip(VGG16_PLACES, maps.items(), strict=True):
        if layer.endswith("_1") and place:
            x = F.max_pool2d(x, 2)
        weight, bias = (torchvision_weights[f"features.{place}.{part}"].double() for part in ("weight", "bias"))
        x = F.conv2d(x, weight, bias, padding=1).clamp_min(0)
        assert (found - x).abs().max() / x.abs().max() < 1e-5, layer


def test_vgg19_has_sixteen_layers_at_torchvisions_places(tmp_path: Path):
    widths = (3, 64, 64, 128, 128, *[256] * 4, *[512] * 8)
    weights = {}
    for place, inputs, outputs in zip(VGG19_PLACES, widths, widths[1:], strict=False):
        weights[f"features.{place}.weight"] = torch.zeros(1).expand(outputs, inputs, 3, 3)
        weights[f"features.{place}.bias"] = torch.full((1,), float(place)).expand(outputs)
    torch.save(weights, tmp_path / "19.pth")
    maps = VGG19(VGG19Config(weights=tmp_path / "19.pth"))(noise(1, 1, 16, 16), VGG19.layer_names)
    assert [values.max().item() for values in maps.values()] == list(VGG19_PLACES)
    assert list(maps)[-5:] == ["relu4_4", "relu5_1", "relu5_2", "relu5_3", "relu5_4"]


def test_weights_of_another_network_are_an_error_that_names_the_tensor(
    torchvision_weights: dict[str, Tensor], tmp_path: Path
):
    file = tmp_path / "16.pth"
    torch.save({name: tensor[:1] for name, tensor in torchvision_weights.items()}, file)
    with pytest.raises(ArtgenError, match=r"features\.0\.weight is \(1, 3, 3, 3\), not \(64, 3, 3, 3\)"):
        VGG16ImageNet(VGG16ImageNetConfig(weights=file))
    torch.save({"state": 1}, file)
    with pytest.raises(ArtgenError, match=r"features\.0\.weight is missing") as raised:
        VGG19(VGG19Config(weights=file))
    assert raised.value.where == str(file)
    assert "vgg19-dcbb9e9d.pth" in raised.value.hint


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
def test_a_file_that_is_no_weights_is_an_error(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(CONTENT)
    with pytest.raises(ArtgenError, match="cannot be read"):
        VGG19(VGG19Config(weights=tmp_path / name))


def test_a_given_file_of_the_published_name_must_be_the_published_one(tmp_path: Path):
    file = tmp_path / "vgg19-dcbb9e9d.pth"
    file.write_bytes(CONTENT)
    with pytest.raises(ArtgenError, match="sha256 is another"):
        VGG19(VGG19Config(weights=file))


# fetching


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where fetched weights go."""
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache" / "weights"


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass

    def do_GET(self) -> None:
        if "half" not in self.path:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        return self.wfile.write(CONTENT[:9])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    """Serves tiny.pth, and half of half.pth."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "tiny.pth").write_bytes(CONTENT)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "web"))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def published(server: ThreadingHTTPServer, name: str = "tiny.pth", content: bytes = CONTENT) -> PublishedFile:
    url = f"http://127.0.0.1:{server.server_port}/{name}"
    return PublishedFile(name, url, hashlib.sha256(content).hexdigest(), len(content))


def test_weights_are_fetched_once(cache: Path, server: ThreadingHTTPServer):
    file = published(server)
    heard: list[tuple[int, int]] = []
    assert file.fetched(lambda *counts: heard.append(counts)) == cache / "tiny.pth"
    assert heard == [(len(CONTENT), len(CONTENT))]
    server.shutdown()
    server.server_close()
    assert file.fetched().read_bytes() == CONTENT


@pytest.mark.parametrize(("name", "content"), [("tiny.pth", b"other weights"), ("half.pth", CONTENT)])
def test_a_download_that_is_not_the_published_file_leaves_nothing(
    cache: Path, server: ThreadingHTTPServer, name: str, content: bytes
):
    with pytest.raises(ArtgenError, match=rf"{name} cannot be fetched .* is another"):
        published(server, name, content).fetched()
    assert list(cache.iterdir()) == []


def test_without_a_connection_the_error_says_where_to_put_the_file_and_what_is_built_in(
    cache: Path, server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
):
    file = published(server)
    server.shutdown()
    server.server_close()
    monkeypatch.setattr(VGG19, "published", file)
    with pytest.raises(ArtgenError, match=r"tiny\.pth cannot be fetched from http://127") as raised:
        VGG19(VGG19Config())
    assert str(cache) in raised.value.hint
    assert 'type = "vgg16"' in raised.value.hint
    assert list(cache.iterdir()) == []


def test_a_file_that_the_server_has_not_is_an_error(cache: Path, server: ThreadingHTTPServer):
    with pytest.raises(ArtgenError, match="404"):
        published(server, "none.pth").fetched()
    assert list(cache.iterdir()) == []


def test_a_damaged_file_in_the_cache_is_an_error_that_says_how_to_mend_it(cache: Path, server: ThreadingHTTPServer):
    path = cache / published(server).fetched().name
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(ArtgenError, match=r"sha256 is another \(17 of 18 bytes\)") as raised:
        published(server).fetched()
    assert raised.value.where == str(path)
    assert "once the file is deleted" in raised.value.hint
