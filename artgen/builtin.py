"""artgen's own components, registered through the same hooks as everybody's."""

from __future__ import annotations

from artgen.hookspecs import hookimpl
from artgen.registry import Register


@hookimpl
def register_generators(register: Register) -> None:
    register(
        "dcgan",
        "artgen.generators.dcgan:DCGAN",
        config="artgen.generators.config:DCGANConfig",
        summary="Convolutional GAN: quick, small, any width and height",
    )
    register(
        "dense",
        "artgen.generators.dense:Dense",
        config="artgen.generators.config:DenseConfig",
        summary="Fully connected GAN, the first lesson",
    )


@hookimpl
def register_discriminators(register: Register) -> None:
    register(
        "dcgan",
        "artgen.discriminators.dcgan:DCGAN",
        config="artgen.discriminators.config:DCGANConfig",
        summary="Strided convolutions; spectral or batch norm",
    )
    register(
        "dense",
        "artgen.discriminators.dense:Dense",
        config="artgen.discriminators.config:DenseConfig",
        summary="Fully connected",
    )


@hookimpl
def register_losses(register: Register) -> None:
    register(
        "adversarial",
        "artgen.losses.adversarial:Adversarial",
        config="artgen.losses.config:AdversarialConfig",
        summary="The game of the two networks, in five forms",
    )
    register(
        "total-variation",
        "artgen.losses.total_variation:TotalVariation",
        config="artgen.losses.config:TotalVariationConfig",
        summary="Smoother pictures; the same weight means the same at any size",
    )


@hookimpl
def register_augmentations(register: Register) -> None:
    register(
        "diffaugment",
        "artgen.augmentations.diffaugment:DiffAugment",
        config="artgen.augmentations.config:DiffAugmentConfig",
        summary="Shift, colour and cutout; what makes a small folder train",
    )


@hookimpl
def register_backbones(register: Register) -> None:
    register(
        "vgg16",
        "artgen.backbones.vgg16:VGG16",
        config="artgen.backbones.config:VGG16Config",
        summary="VGG-16, built in, works offline",
    )


@hookimpl
def register_outputs(register: Register) -> None:
    register(
        "images",
        "artgen.outputs.images:Images",
        config="artgen.outputs.config:ImagesConfig",
        summary="One PNG per seed",
    )
    register(
        "sheet",
        "artgen.outputs.sheet:Sheet",
        config="artgen.outputs.config:SheetConfig",
        summary="A labelled contact sheet",
    )
    register(
        "interpolation",
        "artgen.outputs.interpolation:Interpolation",
        config="artgen.outputs.config:InterpolationConfig",
        summary="A film that wanders from seed to seed and loops",
    )
    register(
        "gallery",
        "artgen.outputs.gallery:Gallery",
        config="artgen.outputs.config:GalleryConfig",
        summary="A page to choose in, with the training's curves",
    )


@hookimpl
def register_launchers(register: Register) -> None:
    register("local", "artgen.launch.local:Local", summary="In this process, one task after the other")


@hookimpl
def register_presets(register: Register) -> None:
    register("dcgan-64", "artgen.job.presets:dcgan-64.toml", summary="The DCGAN paper's networks and rates at 64×64")
    register("small-folder", "artgen.job.presets:small-folder.toml", summary="About 100 pictures on a laptop")
