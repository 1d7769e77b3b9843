"""A matrix is one run for each combination of its values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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


def test_what_is_wrong_with_one_value_is_told_once_and_not_for_every_cell(write: Write, complaints: Complaints) -> None:
    seeds = list(range(30))
    (told,) = complaints(write(f"{JOB}[matrix]\njob.seed = {seeds}\ntrain.batch = [4, -8]\n"))
    assert told == "job.toml:11: [train] batch must be at least 1, not -8 (in 30 cells, such as @0--8)"


SIDES = '[matrix]\n"train.batch" = [4, 8]\n"losses.adversarial.form" = ["hinge", "bce"]\n'


def names(path: Path, manager: PluginManager, *sets: str) -> list[str]:
    return [job.name for job in read_job(path, sets=sets, manager=manager)]


def test_exclude_drops_every_cell_that_has_all_of_its_values(write: Write, manager: PluginManager) -> None:
    more = '"job.seed" = [1, 2]\n[[matrix.exclude]]\ntrain.batch = 8\n"losses.adversarial.form" = "bce"\n'
    found = names(write(JOB + SIDES + more), manager)
    assert found == [
        f"moths@{cell}" for cell in ("4-hinge-1", "4-hinge-2", "4-bce-1", "4-bce-2", "8-hinge-1", "8-hinge-2")
    ]


def test_include_adds_keys_to_the_cells_it_agrees_with_and_is_a_cell_of_its_own_where_it_agrees_with_none(
    write: Write, manager: PluginManager
) -> None:
    more = """
[[matrix.include]]
train.batch = 8
train.generator.rate = 0.5

[[matrix.include]]
losses.adversarial.form = "wasserstein"
train.kimg = 3.0

[[matrix.include]]
train.cooldown = 0.25
"""
    jobs = read_job(write(JOB + SIDES + more), manager=manager)
    assert [job.name for job in jobs] == [
        "moths@4-hinge", "moths@4-bce", "moths@8-hinge", "moths@8-bce", "moths@wasserstein-3"
    ]  # fmt: skip
    assert [job.train.generator.rate for job in jobs] == [2e-4, 2e-4, 0.5, 0.5, 2e-4]
    assert [job.train.cooldown for job in jobs] == [0.25] * 4 + [0.0]  # what inclusions add is for the grid
    assert (jobs[4].train.batch, jobs[4].train.kimg) == (32, 3.0)
    assert str(jobs[2].sources["train.generator.rate"]) == "matrix, job.toml:15"
    assert jobs[0].axes == (
        "train.batch",
        "losses.adversarial.form",
        "train.cooldown",
        "train.generator.rate",
        "train.kimg",
    )


def test_excluding_comes_before_including_so_that_a_cell_can_come_back(write: Write, manager: PluginManager) -> None:
    lists = 'exclude = [{ "train.batch" = 8 }]\ninclude = [{ "train.batch" = 8, "losses.adversarial.form" = "bce" }]\n'
    assert names(write(JOB + SIDES + lists), manager) == ["moths@4-hinge", "moths@4-bce", "moths@8-bce"]


def test_a_matrix_may_be_nothing_but_included_cells(write: Write, manager: PluginManager) -> None:
    body = JOB + "[[matrix.include]]\ntrain.batch = 4\n[[matrix.include]]\ndata.size = 16\ndata.mirror = true\n"
    assert names(write(body), manager) == ["moths@4", "moths@16-true"]


def test_set_also_wins_over_exclusions_and_inclusions(write: Write, manager: PluginManager) -> None:
    lists = 'exclude = [{ "train.batch" = 8 }]\ninclude = [{ "train.batch" = 2, "train.kimg" = 9 }]\n'
    path = write(JOB + SIDES + lists)
    assert names(path, manager, "train.batch=4") == ["moths@hinge", "moths@bce"]
    assert names(path, manager, "losses.adversarial.form=bce") == ["moths@4", "moths@2-9"]


def test_what_is_included_for_another_value_than_set_states_counts_for_nothing(
    write: Write, manager: PluginManager
) -> None:
    path = write(
        JOB
        + """
        [matrix]
        "train.batch" = [8, 16]
        "losses.adversarial.form" = ["hinge", "bce"]
        [[matrix.include]]
        "train.batch" = 8
        "train.cooldown" = 0.9
        [[matrix.include]]
        "train.batch" = 32
        "train.cooldown" = 0.8
        [[matrix.include]]
        "losses.adversarial.form" = "bce"
        "train.cooldown" = 0.7
        """
    )
    told = {
        (batch, *sets): [
            job.train.cooldown for job in read_job(path, sets=[f"train.batch={batch}", *sets], manager=manager)
        ]
        for batch, *sets in ((16,), (8,), (16, 'losses.adversarial.form="hinge"'))
    }
    assert told == {
        (16,): [0.0, 0.7],
        (8,): [0.9, 0.7],
        (16, 'losses.adversarial.form="hinge"'): [0.0],
    }


def test_cells_are_called_by_their_values_and_told_apart_by_a_hash_of_all_they_say(
    write: Write, manager: PluginManager
) -> None:
    body = JOB + '[matrix]\nlabel = "x"\nlosses.adversarial.form = ["hinge"]\ntrain.generator.rate = [0.002, 0.004]\n'
    assert len(set(names(write(body), manager))) == 2
    body = body.replace('label = "x"\n', "")
    assert names(write(body), manager) == ["moths@hinge-0.002", "moths@hinge-0.004"]


@pytest.mark.parametrize(
    ("matrix", "line", "complaint"),
    [
        (
            "train.batch = [4, 8]\n[[matrix.exclude]]\ntrain.batch = 9",
            11,
            "[matrix.exclude] matches no cell: train.batch is never 9, but [4, 8]",
        ),
        (
            "train.batch = [4, 8]\n[[matrix.exclude]]\ntrain.bacth = 8",
            12,
            "[matrix.exclude] 'train.bacth' is no axis of this matrix. Did you mean 'train.batch'?",
        ),
        ("train.batch = [4, 8]\n[[matrix.include]]\ntrain.bacth = 8", 12, "[train] unknown key 'bacth'"),
        ('train.batch = [4, 8]\n[[matrix.include]]\ntrain.batch = 8\n"train.steps" = -1', 13, "[train] steps must be"),
        ("train.batch = [\n4,\n8,\n4]", 13, "[matrix] train.batch has 4 twice"),
        ("train.batch = [4, 8]\n[[matrix.include]]\ntrain.batch = 8", 11, "[matrix.include] is there already"),
        ("train.batch = [4, 8]\nexclude = [\n  { train.batch = 4 },\n  { train.batch = 8 },\n]", 11, "[matrix] exclude drops"),
        ("train.batch = [4, 8]\n[matrix.exclude]\ntrain.batch = 8", 12, "[matrix] exclude is a list: write its header in"),
        ("train.batch = [4, 8]\nexclude = 4", 11, "[matrix] exclude must be a list of tables"),
        ("train.batch = [4, 8]\nlabl = 'x'", 11, "[matrix] unknown key 'labl'. Did you mean 'label'?"),
        ("train.batch = [4, 8]\nrungs = [20, 10]", 11, "[matrix] rungs must be ascending thousands of pictures"),
        ("train.batch = [4]\nrungs = [9]\ntrain.kimg = [5, 9]", 11, "[matrix] the rung at 9 kimg lies beyond the budget of 5"),
        ("train.batch = [4]\nrungs = [9]\nquality.during = [0]", 11, "[matrix] rungs compare kid_vgg, which [quality]"),
        ("train.minutes = [4]\nrungs = [9]", 11, "[matrix] rungs need a budget in kimg or steps, not in minutes"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_lists_of_a_matrix_has_its_line(
    matrix: str, line: int, complaint: str, write: Write, complaints: Complaints
) -> None:
    (told,) = complaints(write(f"{JOB}[matrix]\n{matrix}\n"))
    place, _, text = told.partition(": ")
    assert place == f"job.toml:{line}"
    assert text.startswith(complaint)


def test_cells_are_called_by_their_values_where_the_label_is_wrong(write: Write, complaints: Complaints) -> None:
    assert complaints(write(f'{JOB}[matrix]\nlabel = "b{{train.btch}}"\ntrain.batch = [0, 8]\n')) == [
        "job.toml:10: [matrix] label names 'train.btch', which is no value of this job",
        "job.toml:11: [train] batch must be at least 1, not 0 (in the cell @0)",
    ]


def test_very_many_combinations_are_refused_before_they_are_made(write: Write, complaints: Complaints) -> None:
    axes = "".join(f'"losses.adversarial.{key}" = {list(range(1, 100))}\n' for key in "abcdefgh")
    (told,) = complaints(write(f'{JOB}[matrix]\n{axes}exclude = [{{ "losses.adversarial.a" = 1 }}]\n'))
    assert "at most 1000 are possible" in told


def test_rungs_are_checkpoints_of_every_cell(write: Write, manager: PluginManager) -> None:
    body = JOB + "[train]\nkimg = 9\n[matrix]\ntrain.batch = [4, 8]\nrungs = [3, 6, 9]\n"
    jobs = read_job(write(body), manager=manager)
    assert [job.train.rungs for job in jobs] == [[3.0, 6.0, 9.0]] * 2
    assert str(jobs[0].sources["train.rungs"]) == "job.toml:13"


def test_an_axis_is_one_however_its_key_is_written(write: Write, manager: PluginManager) -> None:
    write(JOB + "[matrix]\ntrain.batch = [2, 4]\n", "base.toml")
    path = write('extends = "base.toml"\n[matrix]\n"train.batch" = [3]\n')
    assert [job.name for job in read_job(path, manager=manager)] == ["moths@3"]
    jobs = read_job(path, sets=["matrix.train.batch=[5, 6]"], manager=manager)
    assert [job.train.batch for job in jobs] == [5, 6]


def test_set_wins_over_an_axis_however_it_is_written(write: Write, manager: PluginManager) -> None:
    path = write(JOB + '[matrix]\n"train.batch" = [4, 8]\n"losses.adversarial.form" = ["hinge", "bce"]\n')
    sets = ["train={batch=2}", 'losses.adversarial.form="hinge"']
    (job,) = read_job(path, sets=sets, manager=manager)
    assert (job.train.batch, job.losses[0].config.form) == (2, "hinge")
    assert len(read_job(path, sets=["train={kimg=2}"], manager=manager)) == 4, "it says nothing of the batch"


def test_a_label_may_count_entries_as_an_axis_may(write: Write, manager: PluginManager) -> None:
    path = write(JOB + '[matrix]\nlabel = "f-{losses.0.form}"\n"losses.adversarial.form" = ["hinge", "bce"]\n')
    assert [job.name for job in read_job(path, manager=manager)] == ["moths@f-hinge", "moths@f-bce"]


def test_a_name_of_a_cell_fits_on_a_disk_in_any_script(write: Write, manager: PluginManager) -> None:
    name = "мотыльки" * 10
    long = [f"{'ночь' * 20}{number}" for number in range(2)]
    path = write(JOB.replace("moths", name) + f"[matrix]\ndata.folder = {['pictures/' + one for one in long]}\n")
    for one in long:
        (path.parent / "pictures" / one).mkdir()
    names = [job.name for job in read_job(path, manager=manager)]
    assert len(set(names)) == 2
    assert all(len(name.encode()) < 240 for name in names)
