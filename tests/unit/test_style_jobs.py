"""A job of canvases: what it means, what it asks to be painted, and what is wrong with it, each with its line."""

from __future__ import annotations

import dataclasses
import shlex
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from artgen.backbones.config import VGG16Config
from artgen.engine.config import PaintConfig
from artgen.errors import RunChangedError
from artgen.job import Job, check_unchanged, differences, read_job, read_lock, write_lock
from artgen.job.canvases import canvases
from artgen.job.kept.lock import lock_data
from artgen.job.steps import steps_of_job
from artgen.job.styles import styles_of
from artgen.launch.draft import title_of
from artgen.plugins import PluginManager

from .conftest import Write, plugin_of

Read = Callable[..., Job]
Complaints = Callable[..., list[str]]

JOB = """\
[job]
name = "castle"
seed = 5
[generator]
type = "canvas"
content = ["photos/*.jpg"]
[[losses]]
type = "content"
[[losses]]
type = "gram-style"
images = ["paintings/*.png"]
"""

GAN = "[data]\nfolder = 'pictures'\n[generator]\ntype = 'dcgan'\n[[losses]]\ntype = 'adversarial'\n"
WHOLE_GAN = GAN + "[discriminator]\ntype = 'dcgan'\n"
GAN_STYLE = GAN + "[[losses]]\ntype = 'gram-style'\nimages = ['paintings/church.png']\n"
STYLIZER = """\
[data]
folder = "photos"
[generator]
type = "stylizer"
[[losses]]
type = "content"
[[losses]]
type = "gram-style"
images = ["paintings/*.png"]
"""

TEXTURE = """\
[generator]
type = "canvas"
[[losses]]
type = "gram-style"
images = ["paintings/church.png"]
"""


@pytest.fixture
def files(tmp_path: Path, pictures: Path) -> Callable[..., None]:
    """Make files that all hold one picture, whatever they are called."""

    def fill(*names: str) -> None:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(pictures / "astronaut.jpg", path)

    return fill


@pytest.fixture
def album(files: Callable[..., None]) -> None:
    """Two photographs, three paintings, masks for both."""
    files("photos/fox.jpg", "photos/cat.jpg", "photos/README.md")
    files("paintings/church.png", "paintings/bridge.png", "paintings/irises.png", "masks/1.png", "masks/2.png")
    files("masks/3.png", "paintings/notes.txt")


pytestmark = pytest.mark.usefixtures("album")


def labels(job: Job) -> list[str]:
    return [plan.label for plan in canvases(job)]


def test_every_content_is_painted_in_every_style(write: Write, read: Read) -> None:
    job = read(write(JOB))
    assert labels(job) == [
        "cat--bridge",
        "cat--church",
        "cat--irises",
        "fox--bridge",
        "fox--church",
        "fox--irises",
    ]
    plan = canvases(job)[4]
    assert plan.content == job.file.parent / "photos" / "fox.jpg"
    assert plan.styles == {"gram-style": [job.file.parent / "paintings" / "church.png"]}
    assert (plan.style, plan.seed, dict(plan.masks), plan.keep) == ("church", 5, {}, None)


def test_a_job_of_canvases_paints_and_then_shows(write: Write, read: Read) -> None:
    job = read(write(JOB))
    assert job.tasks == ["paint", "output:images", "output:sheet", "output:gallery"]
    assert (job.data, job.discriminator, job.augmentations) == (None, None, ())
    assert job.backbone is not None
    assert (job.backbone.type, job.backbone.config) == ("artgen-toolkit:vgg16", VGG16Config())
    assert steps_of_job(job) == 6 * (job.paint.steps + 4 * job.paint.refine_steps)


def test_sizes_grow_by_the_root_of_two_up_to_the_canvas_own() -> None:
    assert PaintConfig().sizes(512) == [128, 181, 256, 362, 512]
    assert PaintConfig().sizes(500) == [177, 250, 354, 500]
    assert PaintConfig(smallest=128).sizes(100) == [100]
    config = PaintConfig(steps=10, refine_steps=3)
    assert config.steps_in_all(config.sizes(500)) == 19


def test_a_backbone_comes_with_the_first_loss_that_looks(write: Write, read: Read) -> None:
    gan = "[data]\nfolder = 'pictures'\n[generator]\ntype = 'dcgan'\n"
    assert read(write(gan)).backbone is None
    assert not {"backbone", "paint"} & set(lock_data(read(write(gan)), Path.cwd()))
    style = "losses.gram-style={type = 'gram-style', images = ['paintings/church.png'], mix = true}"
    path = write(gan)
    job = read(path, style.replace("paintings", str(path.parent / "paintings")))
    assert job.backbone is not None
    assert job.backbone.name == "vgg16"
    job = read(write(JOB + "[backbone]\npooling = 'average'\n"))
    assert job.backbone is not None
    assert job.backbone.config.pooling == "average"
    histogram = JOB.replace('[[losses]]\ntype = "content"\n', "").replace("gram-style", "histogram")
    assert read(write(histogram)).backbone is None


def test_styles_of_several_losses_go_together_and_one_serves_all(write: Write, read: Read) -> None:
    more = "[[losses]]\ntype = 'histogram'\nimages = ['paintings/church.png']\n"
    plans = canvases(read(write(JOB + more)))
    assert len(plans) == 6
    assert plans[0].style == "bridge"
    assert plans[0].styles["histogram"][0].name == "church.png"
    pairs = (
        "[[losses]]\ntype = 'histogram'\nimages = ['paintings/irises.png', 'paintings/church.png', 'photos/fox.jpg']\n"
    )
    plans = canvases(read(write(JOB + pairs)))
    assert [plan.style for plan in plans[:3]] == ["bridge+irises", "church", "irises+fox"]
    assert plans[0].label == "cat--bridge+irises"


def test_mixed_styles_are_one_style(write: Write, read: Read) -> None:
    plans = canvases(read(write(JOB + "mix = true\n")))
    assert [plan.label for plan in plans] == ["cat--bridge+church+irises", "fox--bridge+church+irises"]
    assert [file.name for file in plans[0].styles["gram-style"]] == ["bridge.png", "church.png", "irises.png"]


def test_files_keep_the_order_in_which_they_are_named_and_come_once(write: Write, read: Read) -> None:
    job = read(write(JOB.replace('["photos/*.jpg"]', '["photos/fox.jpg", "photos/*.jpg"]') + "mix = true\n"))
    assert [plan.content.name for plan in canvases(job) if plan.content] == ["fox.jpg", "cat.jpg"]


def test_only_pictures_match_a_pattern_and_odd_folders_are_no_patterns(
    write: Write, read: Read, files: Callable[..., None]
) -> None:
    files("art [1]/fox.jpg", "art [1]/notes.txt")
    job = read(write(JOB.replace("photos/*.jpg", "art [1]/*") + "mix = true\n"))
    assert [plan.content.name for plan in canvases(job) if plan.content] == ["fox.jpg"]


def test_labels_are_unique_file_names(write: Write, read: Read, files: Callable[..., None]) -> None:
    files("other/FOX.jpg", "other/a b*c.jpg", f"other/{'long' * 20}.jpg")
    job = read(write(JOB.replace('["photos/*.jpg"]', '["photos/*.jpg", "other/*"]') + "mix = true\n"), "job.seed=1")
    found = labels(job)
    assert len({label.casefold() for label in found}) == 5
    assert "FOX--bridge+church+irises-2" in found
    assert "a_b_c--bridge+church+irises" in found
    assert max(map(len, found)) <= 80


SEEDED = "is for generators that paint from seeds; this job has pictures of its own. Leave it out: all of them"
DEEP = "job.toml:11: [outputs.images] depth: 16 bits are for canvases: this generator paints pictures of 8 bits. Leave"
EDGES = "[outputs.tile] these pictures have edges: they were not painted to be tiled. Textures are, with [generator]"


@pytest.mark.parametrize(
    ("job", "output", "complaint"),
    [
        (JOB, "type = 'images'\nseeds = '0-7'", f"job.toml:14: [outputs.images] seeds {SEEDED}"),
        (JOB, "type = 'sheet'\ntruncation = 0.5", f"job.toml:14: [outputs.sheet] truncation {SEEDED}"),
        (JOB, "type = 'gallery'\nclass = 'cats'", f"job.toml:14: [outputs.gallery] class {SEEDED}"),
        (STYLIZER, "type = 'poster'\nseeds = '0-3'", f"job.toml:12: [outputs.poster] seeds {SEEDED}"),
        (WHOLE_GAN, "type = 'images'\ndepth = 16", DEEP),
        (WHOLE_GAN, "type = 'images'\ndepth = 16\nformat = 'tiff'", DEEP),
        (STYLIZER, "type = 'images'\ndepth = 16", DEEP.replace("11", "12")),
        (
            WHOLE_GAN,
            "type = 'poster'\nenlarge = 'repaint'",
            "job.toml:11: [outputs.poster] enlarge: only canvases can be paint",
        ),
        (JOB, "type = 'tile'", f"job.toml:13: {EDGES}"),
        (TEXTURE, "type = 'tile'", f"job.toml:7: {EDGES}"),
        (STYLIZER, "type = 'tile'", f"job.toml:11: {EDGES}"),
    ],
)
def test_what_an_output_could_not_do_once_all_is_painted_is_told_before(
    job: str, output: str, complaint: str, write: Write, complaints: Complaints, manager: PluginManager
) -> None:
    text = f"{job}[[outputs]]\n{output}\n"
    (told,) = complaints(write(text))
    assert told.startswith(complaint)
    assert len(read_job(write(text), manager=manager, inputs_needed=False)) == 1


@pytest.mark.parametrize(
    ("job", "output"),
    [
        (JOB, "type = 'images'\ndepth = 16\nseeds = '0-63'"),
        (JOB, "type = 'poster'\nenlarge = 'repaint'"),
        (TEXTURE.replace('"canvas"', '"canvas"\nwrap = true'), "type = 'tile'"),
        (WHOLE_GAN, "type = 'tile'\nseeds = '1,2'\ntruncation = 0.5"),
        (JOB, "type = 'somebodys'\nseeds = '1,2'\ndepth = 16\nclass = 'cats'"),
        (WHOLE_GAN, "type = 'somebodys'\ndepth = 16"),
    ],
)
def test_what_an_output_can_do_and_what_another_means_by_it_is_fine(
    job: str, output: str, write: Write, read: Read, manager: PluginManager
) -> None:
    def register_outputs(register: Callable[..., None]) -> None:
        register("somebodys", "nowhere:Output", config="artgen.outputs.config:ImagesConfig", summary="Theirs")

    manager.load("artgen-theirs", "1.0", lambda: plugin_of(register_outputs=register_outputs))
    assert len(read(write(f"{job}[[outputs]]\n{output}\n")).outputs)


def test_without_content_textures_are_painted_each_with_its_seed(write: Write, read: Read) -> None:
    plans = canvases(read(write(TEXTURE + "[job]\nseed = 5\n"), "generator.textures=2"))
    assert [(plan.label, plan.seed, plan.content) for plan in plans] == [
        ("texture-1--church", 5, None),
        ("texture-2--church", 6, None),
    ]


def test_masks_go_with_contents_or_serve_all(write: Write, read: Read) -> None:
    path = write(
        JOB.replace('type = "canvas"', 'type = "canvas"\nkeep = ["masks/3.png"]') + 'mask = ["masks/[12].png"]'
    )
    plans = canvases(read(path))
    assert [plan.masks["gram-style"].name for plan in plans] == ["1.png"] * 3 + ["2.png"] * 3
    assert {plan.keep.name for plan in plans if plan.keep} == {"3.png"}
    twice = path.read_text().replace("masks/[12].png", 'masks/1.png", "masks/1.png')
    assert {plan.masks["gram-style"].name for plan in canvases(read(write(twice)))} == {"1.png"}


def masks_of_contents(job: Job) -> dict[str, str]:
    return {plan.content.name: plan.keep.name for plan in canvases(job) if plan.content and plan.keep}


MASKED = JOB.replace("photos/*.jpg", "shots/*.png").replace("content = ", "keep = ['kept/*']\ncontent = ")


def test_masks_go_with_the_contents_that_they_are_called_after(
    write: Write, read: Read, files: Callable[..., None]
) -> None:
    files("shots/img1.png", "shots/img10.png", "shots/img2.png", "shots/img2-b.png")
    files("kept/img10_mask.png", "kept/img1_mask.png", "kept/mask of IMG2.png", "kept/img2-b.png")
    job = read(write(MASKED + "mask = ['kept/*']\n"))
    assert masks_of_contents(job) == {
        "img1.png": "img1_mask.png",
        "img10.png": "img10_mask.png",
        "img2.png": "mask of IMG2.png",
        "img2-b.png": "img2-b.png",
    }
    assert {plan.masks["gram-style"] == plan.keep for plan in canvases(job)} == {True}


def test_contents_of_one_name_take_their_masks_in_order(write: Write, read: Read, files: Callable[..., None]) -> None:
    files("shots/fox.png", "later/fox.png", "shots/cat.png", "kept/a/fox.png", "kept/b/fox.png", "kept/a/cat.png")
    job = read(write(MASKED.replace('content = ["', 'content = ["later/*.png", "').replace("kept/*", "kept/**")))
    assert {plan.content: plan.keep for plan in canvases(job)} == {
        job.file.parent / content: job.file.parent / "kept" / mask
        for content, mask in {
            "later/fox.png": "a/fox.png",
            "shots/cat.png": "a/cat.png",
            "shots/fox.png": "b/fox.png",
        }.items()
    }


@pytest.mark.parametrize(
    ("kept", "complaint"),
    [
        (("fox-mask.png", "1.png"), "other masks are called after contents, but not 1.png. Call each"),
        (("fox-mask.png", "fox-new.png"), "fox-mask.png, fox-new.png are called after one content, fox. Call each"),
        (("fox and cat.png", "cat.png"), "fox and cat.png is called after several contents, cat, fox. Call each"),
    ],
)
def test_masks_whose_names_leave_a_doubt_are_told_with_their_line(
    kept: tuple[str, ...], complaint: str, write: Write, complaints: Complaints, files: Callable[..., None]
) -> None:
    files("shots/fox.png", "shots/cat.png", *(f"kept/{name}" for name in kept))
    (told,) = complaints(write(MASKED))
    assert told.startswith(f"job.toml:6: [generator] keep: {complaint}")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("photos/*.jpg", "photo/*.jpg", "job.toml:6: [generator] content: no file matches 'photo/*.jpg' (looked for"),
        ("photos/*.jpg", "photos", "job.toml:6: [generator] content: no file matches 'photos' (looked for"),
        ("photos/*.jpg", "photos/*.md", "job.toml:6: [generator] content: no file that 'photos/*.md' matches is a pic"),
        ("paintings/*.png", "x.png", "job.toml:11: [losses.gram-style] images: no file matches 'x.png'"),
        ("paintings/*.png", "paintings/*.txt", "job.toml:11: [losses.gram-style] images: no file that 'paintings/*.t"),
        ('["photos/*.jpg"]', "[]\nkeep = ['masks/1.png']", "job.toml:7: [generator] keep is about the content, and th"),
        ('["photos/*.jpg"]', "[]\nkeep_colors = 'coral'", "job.toml:7: [generator] keep_colors is about the content,"),
        ('["photos/*.jpg"]', "[]", "job.toml:7: [losses.content] loss 'content' holds on to the content, and there is"),
        ('"photos/*.jpg"]', "'photos/*.jpg']\ntextures = 3", "job.toml:7: [generator] textures are painted where ther"),
        ('"photos/*.jpg"]', "'photos/*.jpg']\nkeep = ['masks/*']", "job.toml:7: [generator] keep has 3 pictures for 2 "),
        ('["photos/*.jpg"]', '"photos/*.jpg"', "job.toml:6: [generator] content must be a list, not 'photos/*.jpg': write"),
        ('"photos/*.jpg"]', "'photos/*.jpg']\nsise = 3", "job.toml:7: [generator] unknown key 'sise'. Did you mean 's"),
        ("*.png\"]", "*.png']\nmask = ['masks/*']".replace("'", '"'), "job.toml:12: [losses.gram-style] mask has 3 pic"),
        ('type = "content"', 'type = "content"\nlayers = ["relu4_2", "relu4_9"]', "job.toml:9: [losses.content] backbo"),
        ('type = "content"', 'type = "adversarial"', "job.toml:7: [losses.adversarial] loss 'adversarial' cannot stan"),
        ('"paintings/*.png"]', "'paintings/*.png']\nweights = [1, 2]", "job.toml:9: [losses.gram-style] weights are h"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_style_job_is_told_with_its_line(
    old: str, new: str, complaint: str, write: Write, complaints: Complaints
) -> None:
    told = complaints(write(JOB.replace(old, new)))
    assert [line for line in told if line.startswith(complaint)], told


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("[data]\nfolder = 'pictures'", "job.toml:12: [data] a canvas takes its pictures from [generator] content"),
        ("[train]\nkimg = 3", "job.toml:12: [train] canvases are painted, not trained: [paint]"),
        ("[quality]\nfinal = 3", "job.toml:12: [quality] canvases are not measured"),
        ("[discriminator]\ntype = 'dcgan'", "job.toml:12: [discriminator] no discriminator judges a canvas"),
        ("[[augmentations]]\ntype = 'flips'", "job.toml:12: [augmentations] there is no discriminator whose pictures"),
        ("[[outputs]]\ntype = 'interpolation'", "job.toml:12: [outputs.interpolation] output 'interpolation' cannot st"),
        ("[paint]\nstep = 3", "job.toml:13: [paint] unknown key 'step'. Did you mean 'steps'?"),
        ("[backbone]\ntype = 'vgg-16'", "job.toml:13: [backbone] unknown backbone 'vgg-16'. Did you mean 'vgg16'?"),
        ("every = 4", "job.toml:12: [losses.gram-style] every must be 1: a canvas is held against each loss"),
        ("mix = true\nweights = [1, 2]", "job.toml:13: [losses.gram-style] weights has 2 numbers for 3 images"),
        ("mix = true\nweights = [0, 0, 0]", "job.toml:13: [losses.gram-style] weights are all 0"),
        (
            "[[losses]]\ntype = 'histogram'\nimages = ['paintings/church.png', 'paintings/irises.png']",
            "job.toml:14: [losses.histogram] images are 2 pictures, and those of 'gram-style' are 3: name as many, one",
        ),
    ],
)  # fmt: skip
def test_what_cannot_stand_beside_a_canvas_is_told_with_its_line(
    more: str, complaint: str, write: Write, complaints: Complaints
) -> None:
    (told,) = complaints(write(JOB + more + "\n"))
    assert told.startswith(complaint)


def test_a_canvas_that_was_painted_with_lazy_losses_can_still_be_shown(
    write: Write, read: Read, manager: PluginManager
) -> None:
    path = locked(read(write(JOB))) / "job.lock.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("every = 1", "every = 4"), encoding="utf-8")
    (job,) = read_job(path, manager=manager, inputs_needed=False)
    assert [loss.config.every for loss in job.losses] == [4, 4]


def test_an_unknown_layer_is_told_with_those_there_are(write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(JOB + "layers = [\n  'relu1_1',\n  'relu4_4',\n]\n"))
    assert told.startswith("job.toml:14: [losses.gram-style] backbone 'vgg16' has no layer 'relu4_4'. Did you mean")
    assert "'? There are: relu1_1, " in told
    assert told.endswith("relu5_1, relu5_2, relu5_3")


def test_losses_that_can_stand_there_are_named(write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(GAN + "[[losses]]\ntype = 'content'\n"))
    assert told.startswith(
        "job.toml:7: [losses.content] loss 'content' cannot stand beside generator 'dcgan'; these can"
    )
    assert "adversarial" in told
    assert "gram-style" in told


def test_the_command_above_a_draft_can_be_pasted_whatever_the_job_is_called(write: Write, read: Read) -> None:
    path = write(JOB)
    job = read(path.rename(path.with_name("bob's castle.toml")))
    assert shlex.split(title_of(job).removeprefix("castle: "))[:3] == ["artgen", "run", "bob's castle.toml"]


def test_a_canvas_needs_something_to_become(write: Write, complaints: Complaints) -> None:
    smooth = "[[losses]]\ntype = 'total-variation'\n"
    (told,) = complaints(write(JOB.partition("[[losses]]")[0] + smooth))
    assert told.startswith("job.toml:7: [losses] no loss says what to paint: add one of type")
    told = complaints(write("[generator]\ntype = 'canvas'\n" + smooth))[0]
    assert told.startswith("job.toml:2: [generator] a canvas without content is a texture of a style")


def test_paint_is_for_canvases_and_masks_too(write: Write, complaints: Complaints) -> None:
    gan = "[data]\nfolder = 'pictures'\n[generator]\ntype = 'dcgan'\n"
    (told,) = complaints(write(gan + "[paint]\nsteps = 3\n"))
    assert told == "job.toml:5: [paint] only canvases are painted; a network is trained: [train]"
    (told,) = complaints(write(GAN_STYLE + "mask = ['masks/1.png']\n"))
    assert told.startswith("job.toml:10: [losses.gram-style] mask is laid over the contents of canvases")


def test_a_style_beside_a_gan_sees_the_pictures_of_the_first_stage(
    write: Write, read: Read, complaints: Complaints
) -> None:
    growing = GAN_STYLE.replace("'dcgan'", "'dcgan'\ngrowing = true")
    growing = growing.replace("[[losses]]", "[discriminator]\ntype = 'dcgan'\ngrowing = true\n[[losses]]", 1)
    stages = "[[train.stages]]\nsize = {}\nkimg = 3\n[[train.stages]]\nsize = 64\n"
    (told,) = complaints(write(growing + stages.format(4)))
    assert told == (
        "job.toml:11: [losses.gram-style] pictures of the first stage, 4 pixels, are too small for relu4_1 and relu5_1: "
        "begin with size = 16, or name other layers"
    )
    assert read(write(growing + stages.format(16))).backbone is not None
    assert read(write(growing + 'layers = ["relu1_1", "relu3_1"]\n' + stages.format(4))).backbone is not None


def test_a_stylizer_learns_from_photographs_without_a_discriminator(
    write: Write, read: Read, complaints: Complaints
) -> None:
    job = read(write(STYLIZER))
    assert job.tasks == ["train", "output:sheet", "output:gallery"]
    assert (job.discriminator, job.augmentations, job.backbone is not None) == (None, (), True)
    assert job.data is not None
    assert (job.data.size, job.data.zoom, job.data.mirror, job.data.recolor) == (256, 2.5, True, 0.5)
    assert (job.train.kimg, job.train.batch, job.train.generator.rate) == (3, 2, 0.005)
    assert (job.quality.during, job.quality.final) == (0, 0)
    assert read(write(STYLIZER), "train.minutes=5", "data.size=64").train.kimg is None
    (told,) = complaints(write(STYLIZER.partition("[generator]")[1] + STYLIZER.partition("[generator]")[2]))
    assert told.startswith("job.toml:2: [generator] 'stylizer' learns from pictures: add [data]")
    (told,) = complaints(write(STYLIZER.partition("[[losses]]")[0]))
    assert told == 'job.toml: [losses] no loss says what to paint: add one of type "content", "gram-style" or ' \
                   '"style-moments"'  # fmt: skip


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("[discriminator]\ntype = 'dcgan'", "job.toml:10: [discriminator] a generator that repaints pictures learns wi"),
        ("[train.discriminator]\nrate = 1.0", "job.toml:10: [train.discriminator] a generator that repaints pictures "),
        ("[[augmentations]]\ntype = 'flips'", "job.toml:10: [augmentations] there is no discriminator whose pictures"),
        ("[train]\nstages = [{size = 256}]", "job.toml:11: [train] stages needs a generator with stages to grow in; 's"),
        ("[quality]\nfinal = 0\nduring = 250", "job.toml:12: [quality] during: pictures that are repainted are not me"),
        ("[[outputs]]\ntype = 'interpolation'", "job.toml:10: [outputs.interpolation] output 'interpolation' cannot st"),
    ],
)  # fmt: skip
def test_what_cannot_stand_beside_a_stylizer_is_told_with_its_line(
    more: str, complaint: str, write: Write, complaints: Complaints
) -> None:
    (told,) = complaints(write(STYLIZER + more + "\n"))
    assert told.startswith(complaint)


def test_a_lock_of_a_stylizer_is_the_same_job(write: Write, read: Read) -> None:
    job = read(write(STYLIZER))
    folder = locked(job)
    again = read(folder / "job.lock.toml")
    assert dataclasses.replace(again, file=job.file, sources=job.sources) == job


def test_a_network_that_paints_from_chance_learns_one_style_from_whole_pictures(
    write: Write, read: Read, complaints: Complaints
) -> None:
    several = GAN_STYLE.replace("church", "[bc]*")
    (told,) = complaints(write(several))
    assert told.startswith("job.toml:9: [losses.gram-style] images are 2 pictures, and 'dcgan' learns one style: name")
    assert [style.name for style in styles_of(read(write(several + "mix = true\n")).losses)] == ["bridge+church"]
    (told, other) = complaints(write(GAN.replace("'pictures'", "'pictures'\nzoom = 2.0\nrecolor = 0.5")))
    assert other.startswith("job.toml:4: [data] recolor is for generators that repaint")
    assert told == "job.toml:3: [data] zoom is for generators that repaint: 'dcgan' is measured against whole pictures"


def test_styles_differ_in_name_and_some_may_be_gone_from_a_finished_run(
    write: Write, read: Read, files: Callable[..., None], manager: PluginManager
) -> None:
    files("other/Church.png")
    more = "[[losses]]\ntype = 'histogram'\nimages = ['photos/*.jpg', 'masks/1.png', 'masks/2.png']\n"
    two = STYLIZER.replace("paintings/*.png", "paintings/*.png', 'other/*.png").replace('"', "'")
    folder = locked(read(write(two + more)))
    names = [style.name for style in styles_of(read(folder / "job.lock.toml").losses)]
    assert names == ["bridge+cat", "church+fox", "irises+1", "Church+2"]
    assert [style.name for style in styles_of(read(write(two)).losses)] == ["bridge", "church", "irises", "Church-2"]
    shutil.rmtree(folder.parent.parent / "masks")
    (job,) = read_job(folder / "job.lock.toml", manager=manager, inputs_needed=False)
    assert len(styles_of(job.losses)) == 4
    shutil.rmtree(folder.parent.parent / "photos")
    (job,) = read_job(folder / "job.lock.toml", manager=manager, inputs_needed=False)
    assert [style.name for style in styles_of(job.losses)] == ["bridge", "church", "irises", "Church-2"]


def test_a_picture_too_small_for_a_style_is_told_with_its_line(write: Write, complaints: Complaints) -> None:
    image = pytest.importorskip("PIL.Image")
    path = write(JOB.replace("images = [", "images = [\n'photos/cat.jpg',\n"))
    image.new("RGB", (400, 31)).save(path.parent / "paintings" / "church.png")
    (path.parent / "paintings" / "irises.png").write_bytes(b"no picture")
    small, broken = complaints(path)
    assert small.startswith("job.toml:13: [losses.gram-style] images: church.png: 400×31 px is too small for a style")
    assert broken.startswith("job.toml:13: [losses.gram-style] images: irises.png: no picture to work with")


def test_a_mask_of_another_size_than_its_content_is_told_with_its_line(write: Write, complaints: Complaints) -> None:
    image = pytest.importorskip("PIL.Image")
    path = write(JOB + "mask = ['masks/3.png']\n")
    path.write_text(path.read_text().replace("content = ", "keep = ['masks/[12].png']\ncontent = "))
    image.new("L", (40, 30)).save(path.parent / "masks" / "2.png")
    image.new("L", (50, 30)).save(path.parent / "photos" / "cat.jpg")
    cat, fox, mask = complaints(path)
    assert cat.startswith("job.toml:6: [generator] keep: 1.png: the mask has 256×256 px, but cat.jpg has 50×30 px")
    assert fox.startswith("job.toml:6: [generator] keep: 2.png: the mask has 40×30 px, but fox.jpg has 256×256 px")
    assert mask.startswith("job.toml:13: [losses.gram-style] mask: 3.png: the mask has 256×256 px, but cat.jpg has 50")
    (path.parent / "photos" / "cat.jpg").write_bytes(b"no picture")
    (fox,) = complaints(path)
    assert "fox.jpg" in fox


def test_contents_all_too_narrow_for_the_losses_are_told_with_the_size_that_does(
    write: Write, read: Read, complaints: Complaints
) -> None:
    image = pytest.importorskip("PIL.Image")
    path = write(JOB)
    image.new("RGB", (3000, 40)).save(path.parent / "photos" / "cat.jpg")
    assert len(labels(read(path))) == 6, "one beside others stops its own canvases only"
    image.new("RGB", (40, 3001)).save(path.parent / "photos" / "fox.jpg")
    cat, fox = complaints(path)
    assert cat.startswith(
        "job.toml:6: [generator] content: cat.jpg: at size 512 its canvas is 512×7 px, but the losses"
    )
    assert "need 16 px or more. Write size = 1200 or more" in cat
    assert "Write size = 1201 or more" in fox
    assert len(labels(read(write(JOB.replace("content = ", "size = 1201\ncontent = "))))) == 6


def test_auto_has_nothing_to_say_of_pictures_that_are_repainted(write: Write, complaints: Complaints) -> None:
    write('extends = "preset:auto"\n', "base.toml")
    for job, generator in ((JOB, "canvas"), (STYLIZER, "stylizer")):
        (told,) = complaints(write('extends = ["preset:auto"]\n' + job))
        assert told.startswith(
            f"job.toml:1: preset:auto chooses for networks that learn against each other, and '{generator}'"
        )
        (told,) = complaints(write('extends = "base.toml"\n' + job))
        assert told.startswith("base.toml:1: preset:auto")


def locked(job: Job) -> Path:
    folder = job.file.parent / "runs" / job.name
    folder.mkdir(parents=True)
    write_lock(folder / "job.lock.toml", lock_data(job, folder))
    return folder


def test_a_lock_of_canvases_is_the_same_job(write: Write, read: Read) -> None:
    job = read(write(JOB))
    folder = locked(job)
    again = read(folder / "job.lock.toml")
    data = read_lock(again.file)
    assert not {"train", "quality", "data"} & set(data)
    assert (data["generator"]["content"], data["backbone"]["pooling"]) == (
        ["../../photos/*.jpg"],
        VGG16Config().pooling,
    )
    assert labels(again) == labels(job)
    assert differences(data, job, folder) == []
    assert dataclasses.replace(again, file=job.file, sources=job.sources) == job


def test_more_contents_and_styles_are_painted_beside_what_is_finished(write: Write, read: Read) -> None:
    folder = locked(read(write(JOB)))
    lock = read_lock(folder / "job.lock.toml")
    more = JOB.replace('"photos/*.jpg"', '"photos/*.jpg", "masks/*"').replace("paintings/*.png", "paintings/[bc]*")
    found = check_unchanged(lock, read(write(more), "paint.device=cpu"), folder)
    assert {d.key: d.change for d in found} == {
        "generator.content": "extend",
        "losses.gram-style.images": "extend",
        "paint.device": "free",
    }
    with pytest.raises(RunChangedError) as caught:
        check_unchanged(lock, read(write(more), "paint.steps=3", "losses.gram-style.scale=0.5"), folder)
    assert "paint.steps: was 200, is 3" in str(caught.value)
    assert "losses.gram-style.scale" in str(caught.value)
    assert "generator.content" not in str(caught.value)


def test_a_network_that_learned_styles_cannot_be_given_others(write: Write, read: Read) -> None:
    for text in (GAN_STYLE, STYLIZER.replace("*.png", "church.png")):
        job = read(write(text))
        folder = locked(dataclasses.replace(job, job=job.job.model_copy(update={"name": job.generator.name})))
        other = read(write(text.replace("church", "bridge")), f"job.name={job.generator.name}")
        found = {one.key: one.change for one in differences(read_lock(folder / "job.lock.toml"), other, folder)}
        assert found == {"losses.gram-style.images": "identity"}
        with pytest.raises(RunChangedError, match=r"losses\.gram-style\.images"):
            check_unchanged(read_lock(folder / "job.lock.toml"), other, folder)


def test_the_device_of_the_command_goes_where_the_work_is(write: Write, manager: PluginManager) -> None:
    (job,) = read_job(write(JOB), device="cpu", manager=manager)
    assert job.paint.device == "cpu"
    gan = "[data]\nfolder = 'pictures'\n[generator]\ntype = 'dcgan'\n"
    (job,) = read_job(write(gan), device="cpu", manager=manager)
    assert job.train.device == "cpu"


def test_a_finished_run_is_read_without_its_pictures(write: Write, read: Read, manager: PluginManager) -> None:
    folder = locked(read(write(JOB + "mix = true\nweights = [1, 2, 3]\n")))
    for file in (folder.parent.parent / "paintings").iterdir():
        file.unlink()
    (job,) = read_job(folder / "job.lock.toml", manager=manager, inputs_needed=False)
    assert job.tasks[0] == "paint"


def test_a_sweep_over_styles_and_layers_knows_its_axes(write: Write, manager: PluginManager) -> None:
    sweep = """\
    [matrix]
    "losses.gram-style.images" = [["paintings/church.png"], ["paintings/bridge.png"]]
    "losses.gram-style.layers" = [["relu1_1"], ["relu4_1"]]
    """
    jobs = read_job(write(JOB + textwrap.dedent(sweep)), manager=manager)
    assert [job.name for job in jobs] == [
        "castle@church-relu1_1", "castle@church-relu4_1", "castle@bridge-relu1_1", "castle@bridge-relu4_1",
    ]  # fmt: skip
    assert jobs[0].axes == ("losses.gram-style.images", "losses.gram-style.layers")
    assert labels(jobs[3]) == ["cat--bridge", "fox--bridge"]


@pytest.mark.usefixtures("album")
def test_where_learned_styles_are_may_change_but_none_may_go_to_another_loss(
    write: Write, read: Read, tmp_path: Path
) -> None:
    """Whether they are the same is for their fingerprint to say, which counts the pictures of all losses together."""
    second = "[[losses]]\ntype = 'style-moments'\nimages = ['paintings/b*.png', 'paintings/c*.png']\n"
    text = STYLIZER.replace("paintings/*.png", "paintings/church.png") + "mix = true\n" + second + "mix = true\n"
    folder = tmp_path / "runs" / "job"
    job = read(write(text))
    shutil.copytree(tmp_path / "paintings", tmp_path / "moved")
    moved = text.replace("paintings", "moved")
    found = {d.key: d.change for d in check_unchanged(lock_data(job, folder), read(write(moved)), folder)}
    assert found == {"losses.gram-style.images": "free", "losses.style-moments.images": "free"}
    other = moved.replace("church.png", "*.png")
    with pytest.raises(RunChangedError, match=r"losses\.gram-style\.images"):
        check_unchanged(lock_data(job, folder), read(write(other)), folder)
