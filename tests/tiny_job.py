"""The smallest job that is a whole one: real pictures at 16×16, networks of a few channels."""

from __future__ import annotations

TINY_JOB = """
[job]
name = "tiny"
seed = 3

[data]
folder = "{pictures}"
size = 16
mirror = true

[generator]
type = "dcgan"
latent = 8
width = 4

[discriminator]
type = "dcgan"
width = 4

[train]
steps = 24
batch = 4
device = "cpu"
precision = "fp32"
checkpoint_steps = 4

[quality]
during = 0
final = 0

[[outputs]]
type = "images"
seeds = "0-8"
"""
"""`{pictures}` is the folder."""
