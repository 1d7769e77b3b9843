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
        "lightweight",
        "artgen.generators.lightweight:Lightweight",
        config="artgen.generators.config:LightweightConfig",
        summary="FastGAN: steady on about 100 pictures",
    )
    register(
        "msg",
        "artgen.generators.msg:MSG",
        config="artgen.generators.config:MSGConfig",
        summary="Paints every resolution at once (MSG-GAN)",
    )
    register(
        "stylegan-lite",
        "artgen.generators.stylegan_lite:StyleGANLite",
        config="artgen.generators.config:StyleGANLiteConfig",
        summary="StyleGAN2 without compiled operations: the best pictures where there is a GPU",
    )
    register(
        "dense",
        "artgen.generators.dense:Dense",
        config="artgen.generators.config:DenseConfig",
        summary="Fully connected GAN, the first lesson",
    )
    register(
        "canvas",
        "artgen.generators.canvas:Canvas",
        config="artgen.generators.config:CanvasConfig",
        summary="Repaints pictures in a style, each by itself: the picture is what is optimised",
    )
    register(
        "stylizer",
        "artgen.generators.stylizer:Stylizer",
        config="artgen.generators.config:StylizerConfig",
        summary="A network that repaints any picture or film at once, taught on a folder of pictures",
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
        "lightweight",
        "artgen.discriminators.lightweight:Lightweight",
        config="artgen.discriminators.config:LightweightConfig",
        summary="FastGAN: judges patches, and can paint the picture again",
    )
    register(
        "msg",
        "artgen.discriminators.msg:MSG",
        config="artgen.discriminators.config:MSGConfig",
        summary="Sees the picture of every resolution at once (MSG-GAN)",
    )
    register(
        "stylegan-lite",
        "artgen.discriminators.stylegan_lite:StyleGANLite",
        config="artgen.discriminators.config:StyleGANLiteConfig",
        summary="Residual blocks with antialiased halving",
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
        "relativistic",
        "artgen.losses.relativistic:Relativistic",
        config="artgen.losses.config:RelativisticConfig",
        summary="The game of the two networks over pairs of real and painted pictures (R3GAN)",
    )
    register(
        "r1",
        "artgen.losses.r1:R1",
        config="artgen.losses.config:R1Config",
        summary="Gradient penalty on real pictures: keeps the discriminator smooth",
    )
    register(
        "r2",
        "artgen.losses.r2:R2",
        config="artgen.losses.config:R2Config",
        summary="Gradient penalty on painted pictures",
    )
    register(
        "gradient-penalty",
        "artgen.losses.gradient_penalty:GradientPenalty",
        config="artgen.losses.config:GradientPenaltyConfig",
        summary="Gradient penalty between real and painted pictures (WGAN-GP)",
    )
    register(
        "path-length",
        "artgen.losses.path_length:PathLength",
        config="artgen.losses.config:PathLengthConfig",
        summary="Even steps in the latent make even changes in the picture (StyleGAN2)",
    )
    register(
        "feature-matching",
        "artgen.losses.feature_matching:FeatureMatching",
        config="artgen.losses.config:FeatureMatchingConfig",
        summary="Painted pictures look to the discriminator as real ones do on average",
    )
    register(
        "reconstruction",
        "artgen.losses.reconstruction:Reconstruction",
        config="artgen.losses.config:ReconstructionConfig",
        summary="The discriminator learns to paint what it sees (FastGAN)",
    )
    register(
        "total-variation",
        "artgen.losses.total_variation:TotalVariation",
        config="artgen.losses.config:TotalVariationConfig",
        summary="Smoother pictures; the same weight means the same at any size",
    )
    register(
        "content",
        "artgen.losses.content:Content",
        config="artgen.losses.config:ContentConfig",
        summary="What is in a picture stays where it is while it is repainted",
    )
    register(
        "gram-style",
        "artgen.losses.gram_style:GramStyle",
        config="artgen.losses.config:GramStyleConfig",
        summary="Which features go together in a style (Gram matrices)",
    )
    register(
        "style-moments",
        "artgen.losses.style_moments:StyleMoments",
        config="artgen.losses.config:StyleMomentsConfig",
        summary="Mean and covariance of a style's features: strokes and colours, the best default",
    )
    register(
        "histogram",
        "artgen.losses.histogram:Histogram",
        config="artgen.losses.config:HistogramConfig",
        summary="The colours of a style, in the amounts that it has them",
    )
    register(
        "palette",
        "artgen.losses.palette:Palette",
        config="artgen.losses.config:PaletteConfig",
        summary="Pull colours toward a few",
    )
    register(
        "symmetry",
        "artgen.losses.symmetry:Symmetry",
        config="artgen.losses.config:SymmetryConfig",
        summary="Pictures that are their own mirror image",
    )


@hookimpl
def register_augmentations(register: Register) -> None:
    register(
        "diffaugment",
        "artgen.augmentations.diffaugment:DiffAugment",
        config="artgen.augmentations.config:DiffAugmentConfig",
        summary="Shift, colour and cutout; what makes a small folder train",
    )
    register(
        "adaptive",
        "artgen.augmentations.adaptive:Adaptive",
        config="artgen.augmentations.config:AdaptiveConfig",
        summary="Shift, turn, scale and colour, as strong as the discriminator's overfitting asks for",
    )
    register(
        "flips",
        "artgen.augmentations.flips:Flips",
        config="artgen.augmentations.config:FlipsConfig",
        summary="Mirrored and turned pictures count as real too",
    )
    register(
        "instance-noise",
        "artgen.augmentations.instance_noise:InstanceNoise",
        config="artgen.augmentations.config:InstanceNoiseConfig",
        summary="Noise on real and painted pictures, faded out",
    )
    register(
        "kornia",
        "artgen.augmentations.kornia:Kornia",
        config="artgen.augmentations.config:KorniaConfig",
        summary="Any of kornia's augmentations by name",
    )


@hookimpl
def register_backbones(register: Register) -> None:
    register(
        "vgg16",
        "artgen.backbones.vgg16:VGG16",
        config="artgen.backbones.config:VGG16Config",
        summary="VGG-16, built in, works offline",
    )
    register(
        "vgg16-imagenet",
        "artgen.backbones.imagenet:VGG16ImageNet",
        config="artgen.backbones.config:VGG16ImageNetConfig",
        summary="VGG-16 as torchvision has it; 553 MB, fetched on first use",
    )
    register(
        "vgg19",
        "artgen.backbones.imagenet:VGG19",
        config="artgen.backbones.config:VGG19Config",
        summary="VGG-19 as torchvision has it; 575 MB, fetched on first use",
    )


@hookimpl
def register_outputs(register: Register) -> None:
    register(
        "images",
        "artgen.outputs.stills.images:Images",
        config="artgen.outputs.config:ImagesConfig",
        summary="A file for each picture",
    )
    register(
        "sheet",
        "artgen.outputs.stills.sheet:Sheet",
        config="artgen.outputs.config:SheetConfig",
        summary="A labelled contact sheet",
    )
    register(
        "mix-grid",
        "artgen.outputs.stills.mix_grid:MixGrid",
        config="artgen.outputs.stills.config:MixGridConfig",
        summary="The shapes of some seeds in the colours of others (style mixing)",
    )
    register(
        "walk-grid",
        "artgen.outputs.stills.walk_grid:WalkGrid",
        config="artgen.outputs.stills.config:WalkGridConfig",
        summary="One picture and its changes along two latent axes",
    )
    register(
        "morph-strip",
        "artgen.outputs.stills.morph_strip:MorphStrip",
        config="artgen.outputs.stills.config:MorphStripConfig",
        summary="Pictures in a row, each turning into the next",
    )
    register(
        "tile",
        "artgen.outputs.stills.tile:Tile",
        config="artgen.outputs.stills.config:TileConfig",
        summary="Textures without a seam, each shown repeated",
    )
    register(
        "poster",
        "artgen.reuse.poster:poster",
        config="artgen.outputs.stills.config:PosterConfig",
        summary="Paper for the wall: size in mm or inches, bleed, edition, signature",
    )
    register(
        "interpolation",
        "artgen.outputs.films.interpolation:Interpolation",
        config="artgen.outputs.films.config:InterpolationConfig",
        summary="A film that wanders from seed to seed and loops",
    )
    register(
        "timeline",
        "artgen.reuse.timeline:timeline",
        config="artgen.outputs.films.config:TimelineConfig",
        summary="A film by keyframes: what is seen when, and how it goes on",
    )
    register(
        "grid-film",
        "artgen.outputs.films.grid_film:GridFilm",
        config="artgen.outputs.films.config:GridFilmConfig",
        summary="A film of many pictures side by side, each wandering by itself",
    )
    register(
        "truncation-film",
        "artgen.outputs.films.truncation_film:TruncationFilm",
        config="artgen.outputs.films.config:TruncationFilmConfig",
        summary="A film in which pictures grow out of the one they have in common",
    )
    register(
        "timelapse",
        "artgen.outputs.films.timelapse:Timelapse",
        config="artgen.outputs.films.config:TimelapseConfig",
        summary="A film of the same seeds from the beginning of the training to its end",
    )
    register(
        "zoom",
        "artgen.outputs.films.zoom:Zoom",
        config="artgen.outputs.films.config:ZoomConfig",
        summary="A film that falls into one picture after the other, without an end",
    )
    register(
        "gallery",
        "artgen.outputs.gallery:Gallery",
        config="artgen.outputs.config:GalleryConfig",
        summary="A page to choose in, with the training's curves",
    )


@hookimpl
def register_launchers(register: Register) -> None:
    register(
        "local",
        "artgen.launch.local:Local",
        config="artgen.launch.config:LocalConfig",
        summary="On this machine, a process for each task; a single run in the process that was called",
    )


@hookimpl
def register_presets(register: Register) -> None:
    register("dcgan-64", "artgen.job.presets:dcgan-64.toml", summary="The DCGAN paper's networks and rates at 64×64")
    register("small-folder", "artgen.job.presets:small-folder.toml", summary="About 100 pictures on a laptop")
    register(
        "auto",
        "artgen.job.auto.choose:choose",
        summary="Chosen by the pictures, their number and this machine; `artgen plan` says why",
    )
    register(
        "stylegan2-auto",
        "artgen.job.presets:stylegan2-auto.toml",
        summary="StyleGAN2-ADA's own settings at 256×256, for a GPU",
    )
    register(
        "lightweight-100",
        "artgen.job.presets:lightweight-100.toml",
        summary="FastGAN: about 100 pictures at 256×256, for a GPU",
    )
    register(
        "r3gan",
        "artgen.job.presets:r3gan.toml",
        summary="R3GAN's relativistic game with two penalties, at 64×64",
    )
    register("msg", "artgen.job.presets:msg.toml", summary="MSG-GAN: every size at once, at 128×128")
    register("progressive", "artgen.job.presets:progressive.toml", summary="Progressive growing to 64×64")
