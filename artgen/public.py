"""What plugins may import of artgen: these modules, and these names of each.

They are kept from version to version, as `docs/plugins/versions.md` says; everything else may change without a word.
Whether the distributions in `plugins/` keep to it is a test.
"""

from __future__ import annotations

SURFACE: dict[str, tuple[str, ...]] = {
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
    "artgen.contracts": ("Input", "Judged", "Painted", "PictureShape"),
    "artgen.errors": (
        "ArtgenError",
        "CheckpointError",
        "DataError",
        "DiskError",
        "InterruptedRun",
        "JobError",
        "Problem",
    ),
    "artgen.registry": ("Register",),
    "artgen.kinds": (
        "Adapting",
        "Augmentation",
        "Backbone",
        "Discriminator",
        "Generator",
        "Growing",
        "Loss",
        "Output",
        "Remembering",
        "Tracker",
    ),
    "artgen.engine.step": ("Step",),
    "artgen.seeding": ("Draws",),
    "artgen.runs.store": ("Artifact", "Run"),
    "artgen.runs.files": ("whole_file", "write_text"),
    "artgen.launch.contract": ("Batch", "Ended", "Launcher", "Running", "TaskCommand"),
    "artgen.colours": ("Colour", "rgb_of"),
    "artgen.testing": (),
    "artgen.testing.conformance": ("NotChecked", "Options", "Unmet", "of"),
}
"""By module, sorted by what they are for."""
