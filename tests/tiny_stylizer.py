"""The smallest job that teaches a network two styles, on crops of real pictures."""

from __future__ import annotations

TINY_STYLIZER = """
[job]
name = "tiny"
seed = 3

[data]
folder = "{pictures}"
size = 32
zoom = 1.5
recolor = 0.5

[generator]
type = "stylizer"
width = 4
blocks = 1

[[losses]]
type = "content"
layers = ["relu2_2"]

[[losses]]
type = "gram-style"
images = ["{pictures}/church-at-auvers.png", "{pictures}/langlois-bridge.webp"]
layers = ["relu1_1", "relu2_1"]

[train]
steps = 8
batch = 2
cooldown = 0.0
device = "cpu"
precision = "fp32"
checkpoint_steps = 4

[train.generator]
rate = 0.01
"""
"""`{pictures}` is the folder."""
