"""A matrix is one run for each combination of its values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from artgen.job import read_job
from artgen.plugins import PluginManager

from .conftest import Write

Complaints = Callable[..., list[str]]

JOB = """
[job]
name = "moths"
[data]
folder = "pictures"
[generator]
type = "dcgan"
[[losses]]
type = "adversarial"
"""


def test_every_combination_is_a_run_named_by_its_values(write: Write, manager: PluginManager) -> None:
    path = write(JOB + '[matrix]\n"train.batch" = [4, 8]\n"losses.adversarial.form" = ["hinge", "bce"]\n')
    jobs = read_job(path, manager=manager)
    assert [job.name for job in jobs] == ["moths@4-hinge", "moths@4-bce", "moths@8-hinge", "moths@8-bce"]
    assert [(job.train.batch, job.losses[0].config.form) for job in jobs] == [
        (4, "hinge"), (4, "bce"), (8, "hinge"), (8, "bce")
    ]  # fmt: skip
    assert str(jobs[0].sources["train.batch"]) == "matrix, job.toml:10"


def test_keys_may_be_written_without_quotes_and_whole_tables_tried(write: Write, manager: PluginManager) -> None:
    path = write(JOB + '[matrix]\naugmentations = [[], [{ type = "diffaugment", cutout = 0.0 }]]\ntrain.batch = [4]\n')
    jobs = read_job(path, manager=manager)
    assert [job.name for job in jobs] == ["moths@none-4", "moths@diffaugment-4"]
    assert [len(job.augmentations) for job in jobs] == [0, 1]


def test_labels_follow_a_template_and_never_clash(write: Write, manager: PluginManager) -> None:
    body = JOB + '[matrix]\nlabel = "b{train.batch}"\ntrain.batch = [4, 8]\ndata.size = [16, 24]\n'
    names = [job.name for job in read_job(write(body), manager=manager)]
    assert len(set(names)) == 4
    assert all(name.startswith(("moths@b4-", "moths@b8-")) for name in names)
    assert names == [job.name for job in read_job(write(body), manager=manager)]


def test_labels_are_legal_file_names(write: Write, manager: PluginManager) -> None:
    path = write(JOB + '[matrix]\ndata.folder = ["pictures", "../up/pictures"]\n')
    (path.parent.parent / "up" / "pictures").mkdir(parents=True, exist_ok=True)
    names = [job.name for job in read_job(path, manager=manager)]
    assert len(set(names)) == 2
    assert not set("".join(names)) & set('/\\:*?"<>|')


def test_set_wins_over_an_axis(write: Write, manager: PluginManager) -> None:
    path = write(JOB + "[matrix]\ntrain.batch = [4, 8]\ndata.size = [16, 24]\n")
    jobs = read_job(path, sets=["train.batch=2"], manager=manager)
    assert [(job.name, job.train.batch) for job in jobs] == [("moths@16", 2), ("moths@24", 2)]


def test_the_generator_may_be_swept_and_defaults_follow_it(write: Write, manager: PluginManager) -> None:
    jobs = read_job(write(JOB + '[matrix]\ngenerator.type = ["dense", "dcgan"]\n'), manager=manager)
    assert [job.discriminator and job.discriminator.name for job in jobs] == ["dense", "dcgan"]


@pytest.mark.parametrize(
    ("matrix", "complaint"),
    [
        ("train.batch = [4, 0]", "[train] batch must be at least 1, not 0 (in the cell @0)"),
        ("train.batch = 4", "[matrix] train.batch must be a list of values to try, not 4"),
        ("train.batch = []", "[matrix] train.batch must be a list of values to try, not []"),
        ("train.bacth = [4, 8]", "[train] unknown key 'bacth'. Did you mean 'batch'?"),
        ("losses.adversarail.form = ['bce']", "[losses] there is no loss 'adversarail'. Did you mean 'adversarial'?"),
        ("train.batch = [1]\nlabel = '{train.bach}'", "[matrix] label names 'train.bach', which is no value"),
        (f"job.seed = {list(range(1001))}", "[matrix] makes 1001 runs; at most 1000 are possible"),
    ],
)
def test_a_mistake_in_a_matrix_is_told_once_with_its_line(
    matrix: str, complaint: str, write: Write, complaints: Complaints
) -> None:
    (told,) = complaints(write(f"{JOB}[matrix]\n{matrix}\n"))
    place, _, text = told.partition(": ")
    assert place in ("job.toml:9", "job.toml:10", "job.toml:11")
    assert text.startswith(complaint)


def test_a_bad_value_in_a_long_list_has_its_own_line(write: Write, complaints: Complaints) -> None:
    (told,) = complaints(write(JOB + "[matrix]\ntrain.batch = [\n  4,\n  0,\n]\n"))
    assert told.startswith("job.toml:12: [train] batch must be at least 1, not 0")
