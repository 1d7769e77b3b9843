"""What plugins may import of artgen: these modules, and these names of each.

They are kept from version to version, as `docs/plugins/versions.md` says; everything else may change without a word.
Whether the distributions in `plugins/` keep to it is a test.
"""

from __future__ import annotations

SECTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "For every plugin": {
        "artgen": ("ArtgenError", "Judged", "Painted", "PictureShape", "Problem", "__version__", "hookimpl"),
        "artgen.config": (
            "AugmentationConfig",
            "BackboneConfig",
            "Config",
            "DiscriminatorConfig",
            "File",
            "Folder",
            "GeneratorConfig",
            "LauncherConfig",
            "LossConfig",
            "OutputConfig",
            "Pattern",
            "Size",
            "TrackerConfig",
            "option",
        ),
        "artgen.colours": ("Colour", "rgb_of"),
        "artgen.contracts": ("Input", "Judged", "Painted", "PictureShape"),
        "artgen.errors": (
            "ArtgenError",
            "CheckpointError",
            "DataError",
            "DiskError",
            "FetchError",
            "InterruptedRun",
            "JobError",
            "Problem",
        ),
        "artgen.kinds": (
            "Adapting",
            "Augmentation",
            "Backbone",
            "Discriminator",
            "Generator",
            "Growing",
            "Repainter",
            "Loss",
            "Output",
            "Remembering",
            "Shared",
            "Tracker",
        ),
        "artgen.registry": ("Register",),
        "artgen.job.model": ("Job", "Part"),
        "artgen.runs.store": ("LOCK_NAME", "Artifact", "Run"),
        "artgen.runs.files": ("whole_file", "write_text"),
    },
    "For losses, augmentations and backbones": {
        "artgen.engine.step": ("Step",),
        "artgen.seeding": ("Draws",),
        "artgen.sight.views": ("ContentLoss", "StyleLoss", "Sums", "View"),
        "artgen.backbones.published": ("PublishedFile",),
    },
    "For outputs": {
        "artgen.latents.sampler": ("Noise", "Picture", "Sampler"),
        "artgen.latents.seeds": (
            "AUTO",
            "Seeds",
            "SeedsOrAuto",
            "class_among",
            "describe_seeds",
            "noise_of",
            "parse_seeds",
        ),
        "artgen.latents.interpolate": ("LatentPath", "Way"),
        "artgen.latents.paths": ("NoiseBetween", "Point"),
        "artgen.latents.timing": ("Timing",),
        "artgen.latents.truncation": ("truncate",),
        "artgen.outputs.config": ("PaintedConfig", "SheetConfig"),
        "artgen.outputs.source": ("Source", "works_of"),
        "artgen.outputs.works": ("Pixels", "Work", "Works"),
        "artgen.outputs.classes": ("asked_label", "told_class"),
        "artgen.outputs.files": ("keep_only",),
        "artgen.outputs.metadata": (
            "canonical_json",
            "file_details",
            "png_text",
            "recipe_of",
            "tiff_tags",
            "xmp_packet",
        ),
        "artgen.outputs.stills.images": ("as_image", "refuse_shared_names", "save_png", "write_pictures"),
        "artgen.outputs.stills.sheet": ("Sheet",),
        "artgen.outputs.films.config": ("FilmConfig", "frames_of", "segments_of"),
        "artgen.outputs.films.ffmpeg": ("FFmpeg",),
        "artgen.outputs.films.pacing": ("timings_of",),
        "artgen.outputs.films.reel": ("Reel",),
        "artgen.outputs.films.writer": ("write_film",),
        "artgen.shards": ("Pieces", "Shard"),
    },
    "For trackers and commands": {
        "artgen.cli.run_folder": ("check_run",),
        "artgen.data.cache": ("open_pictures",),
        "artgen.data.cache_folder": ("SLOT_LENGTH", "cache_folder"),
        "artgen.data.classes": ("class_of",),
        "artgen.data.config": ("CHANNELS", "DataConfig"),
        "artgen.data.pictures": ("Pictures",),
        "artgen.engine.precision": ("choose_device",),
        "artgen.quality.diversity": ("distances",),
        "artgen.quality.features": ("Pixels", "over_white"),
        "artgen.quality.nearest": ("nearest", "nearest_other"),
        "artgen.reuse.latent": ("latent_run",),
        "artgen.runs.checkpoints": ("Checkpoint", "CheckpointInfo", "best_checkpoint", "latest_checkpoint"),
        "artgen.runs.progress": ("Progress", "open_progress"),
    },
    "For launchers": {
        "artgen.cores": ("cores",),
        "artgen.launch.config": ("LocalConfig",),
        "artgen.launch.local": ("Local",),
        "artgen.launch.contract": ("Batch", "Ended", "Launcher", "Running", "TaskCommand"),
    },
    "For tests": {
        "artgen.testing": (),
        "artgen.testing.conformance": ("NotChecked", "Options", "Unmet", "of"),
        "artgen.testing.fixtures": (),
    },
}
"""By what they are for, and by module."""

SURFACE: dict[str, tuple[str, ...]] = {
    module: names for modules in SECTIONS.values() for module, names in modules.items()
}
"""By module."""
