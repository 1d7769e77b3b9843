"""What artgen asks of every component."""

from __future__ import annotations

from artgen.testing import conformance

test_conformance = conformance.of("artgen-tensorboard")
