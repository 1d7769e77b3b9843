"""Whatever stands in a job file, reading it ends in a job or in problems, never in another exception."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artgen.errors import JobError
from artgen.job import read_job
from artgen.plugins import PluginManager

_KEYS = st.sampled_from(
    ["job", "data", "generator", "discriminator", "losses", "augmentations", "outputs", "trackers", "train", "quality",
     "launcher", "matrix", "lock", "requires", "extends", "type", "name", "remove", "label", "kimg", "steps", "betas",
     "size", "folder", "widths", "0", "ema", "train.batch", "losses.0.form", "artgen", "cell", "x"]
)  # fmt: skip
_SCALARS = st.one_of(
    st.sampled_from(["dcgan", "adversarial", "sheet", "", "pictures", "preset:small-folder", "job.toml", ">=0", "a/b"]),
    st.integers(-(2**70), 2**70).map(lambda n: n % 2**63 if n > 2**60 else n % 100),
    st.floats(),
    st.booleans(),
    st.dates(),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.dictionaries(_KEYS, _VALUES, max_size=6), sets=st.lists(st.text("a.=[]{}\"'0 \n", max_size=8), max_size=2)
)
def test_reading_ends_in_jobs_or_problems(
    data: dict[str, Any], sets: list[str], folder: Path, manager: PluginManager
) -> None:
    job = folder / "job.toml"
    job.write_text(tomli_w.dumps(data), encoding="utf-8")
    with contextlib.suppress(JobError):
        assert read_job(job, sets=sets, manager=manager)
