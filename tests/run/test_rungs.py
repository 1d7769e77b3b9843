"""A sweep with rungs: a pause that changes no byte, losers that are dropped once and for all, kills in between."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from artgen.cli.group import run as artgen
from artgen.errors import RunBusyError
from artgen.job import Job, read_job
from artgen.launch.batch import run_all
from artgen.launch.options import RunOptions
from artgen.launch.rungs import going_on, run_sweeps
from artgen.plugins import PluginManager
from artgen.runs.progress import QuietProgress
from artgen.runs.rungs import Standing, read_rungs, rungs_file, standing_of
from artgen.runs.tasks.holding import held_run
from tests.tiny_job import TINY_JOB

Capture = pytest.CaptureFixture[str]
RATES = "0.0002, 0.0032"
MATRIX = f'[matrix]\n"train.generator.rate" = [{RATES}]\nrungs = [0.016, 0.048]\n'
"""Steps 4 and 12 of 24; eight pictures are measured there."""


class Told(QuietProgress):
    """Keeps what is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def warn(self, text: str) -> None:
        self.lines.append(text)


def jobs_in(folder: Path, pictures: Path, matrix: str = MATRIX, *sets: str) -> list[Job]:
    job = TINY_JOB.format(pictures="pictures").replace("during = 0", "during = 8")
    if not folder.joinpath("pictures").exists():
        shutil.copytree(pictures, folder / "pictures", ignore=shutil.ignore_patterns("*.md"))
    (folder / "job.toml").write_text(job + matrix, encoding="utf-8")
    return read_job(folder / "job.toml", sets=sets, manager=PluginManager(discover=False))


def climb(jobs: list[Job], options: RunOptions | None = None) -> list[str]:
    told = Told()
    run_sweeps(jobs, options or RunOptions(), told, PluginManager(discover=False))
    return told.lines


def weights(run: Path) -> dict[str, bytes]:
    last = max(run.glob("checkpoints/0*"))
    return {path.name: path.read_bytes() for path in sorted(last.glob("*.safetensors"))}


@pytest.fixture(scope="module")
def climbed(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> tuple[Path, list[str]]:
    """A folder in which a sweep of two has gone up its rungs, and what was told."""
    folder = tmp_path_factory.mktemp("climbed")
    return folder, climb(jobs_in(folder, pictures))


@pytest.fixture
def after(climbed: tuple[Path, list[str]], tmp_path: Path) -> Path:
    """A copy of it, of a test's own."""
    return Path(shutil.copytree(climbed[0], tmp_path / "copy"))


def winner_of(folder: Path) -> str:
    rungs = read_rungs(rungs_file(folder / "runs", "tiny"))
    return next(name for name, standing in rungs[0.048].items() if standing.outcome == "goes on")


def test_the_best_of_each_rung_goes_on_and_it_is_told_who_was_dropped_and_why(climbed: tuple[Path, list[str]]) -> None:
    folder, told = climbed
    rungs = read_rungs(rungs_file(folder / "runs", "tiny"))
    first = rungs[0.016]
    kids = {name: standing.kid_vgg for name, standing in first.items() if standing.kid_vgg is not None}
    assert len(kids) == 2
    best = min(kids, key=lambda name: (kids[name], name))
    assert {name for name, standing in first.items() if standing.outcome == "goes on"} == {best}
    assert set(rungs[0.048]) == {best}
    for name in kids:
        steps = max(int(path.name) for path in (folder / "runs" / name).glob("checkpoints/0*"))
        assert steps == (24 if name == best else 4)
        assert (folder / "runs" / name / "artifacts" / "images").is_dir() is (name == best)
        events = (folder / "runs" / name / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        (noted, *_) = [row["text"] for row in map(json.loads, events) if row.get("event") == "rung"]
        assert noted.startswith("goes on at 0.016 kimg, 1 of 2" if name == best else "dropped at 0.016 kimg, ")
    page = (folder / "runs" / "tiny.html").read_text(encoding="utf-8")
    assert page.count("dropped at 0.016 kimg, ") == 2  # under its pictures, and in the list of all
    lines = [line for line in told if line.startswith("at 0.016 kimg")]
    assert len(lines) == 2  # when it happens, and at the end
    assert f"{best} ({kids[best]:.3g}) went on" in lines[0]
    assert all(name in lines[0].split(" went on; ")[1] for name in kids if name != best)


def test_the_status_says_who_was_dropped_and_why(climbed: tuple[Path, list[str]], capsys: Capture) -> None:
    assert artgen(["status", str(climbed[0] / "runs"), "--json"]) == 0
    found = {row["run"]: row for row in json.loads(capsys.readouterr().out) if row["task"] == "train"}
    best = winner_of(climbed[0])
    assert {name: row["state"] for name, row in found.items()} == {
        name: "done" if name == best else "dropped" for name in found
    }
    assert len(found) == 2
    others = [row["error"] for name, row in found.items() if name != best]
    assert all(text.startswith("dropped at 0.016 kimg, ") for text in others)


def test_pausing_at_rungs_comes_to_the_same_bytes_as_never_pausing(
    climbed: tuple[Path, list[str]], tmp_path: Path, pictures: Path
) -> None:
    best = winner_of(climbed[0])
    (whole,) = [job for job in jobs_in(tmp_path, pictures) if job.name == best]
    run_all([whole], RunOptions(), Told(), PluginManager(discover=False))
    assert weights(tmp_path / "runs" / best) == weights(climbed[0] / "runs" / best)
    plain = MATRIX.replace("rungs = [0.016, 0.048]\n", "")
    (other,) = [job for job in jobs_in(tmp_path / "plain", pictures, plain) if job.name == best]
    run_all([other], RunOptions(), Told(), PluginManager(discover=False))
    assert weights(tmp_path / "plain" / "runs" / best) == weights(climbed[0] / "runs" / best)


def test_run_again_nothing_is_trained_or_decided_anew(after: Path, pictures: Path) -> None:
    def state() -> dict[str, bytes]:
        kept = [*after.glob("runs/*/checkpoints/*/*"), *after.glob("runs/*.json"), *after.glob("runs/*/metrics.jsonl")]
        return {path.as_posix(): path.read_bytes() for path in kept if path.is_file()}

    before = state()
    climb(jobs_in(after, pictures))
    assert state() == before


def test_what_was_decided_stands_even_where_the_numbers_say_otherwise_now(after: Path, pictures: Path) -> None:
    best = winner_of(after)
    for metrics in after.glob("runs/*/metrics.jsonl"):
        rows = [json.loads(line) for line in metrics.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            if "quality/kid_vgg" in row:
                row["quality/kid_vgg"] = 9.0 if metrics.parent.name == best else 0.0
        metrics.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for checkpoint in (after / "runs" / best).glob("checkpoints/0*"):
        if int(checkpoint.name) > 12:
            shutil.rmtree(checkpoint)
    climb(jobs_in(after, pictures))
    assert winner_of(after) == best
    assert max(int(path.name) for path in (after / "runs" / best).glob("checkpoints/0*")) == 24


@pytest.mark.slow
def test_a_kill_before_a_decision_repeats_nothing_that_was_learned(
    climbed: tuple[Path, list[str]], after: Path, pictures: Path
) -> None:
    best = winner_of(after)
    rungs_file(after / "runs", "tiny").unlink()  # as if killed while the last of them was on its way to the first rung
    for checkpoint in (after / "runs" / best).glob("checkpoints/0*"):
        if int(checkpoint.name) > 4:
            shutil.rmtree(checkpoint)
    times = {path: path.stat().st_mtime_ns for path in after.glob("runs/*/checkpoints/00000004/*")}
    climb(jobs_in(after, pictures))
    assert {path: path.stat().st_mtime_ns for path in times if path.exists()}.items() <= times.items()
    decided = read_rungs(rungs_file(after / "runs", "tiny"))
    assert decided == read_rungs(rungs_file(climbed[0] / "runs", "tiny"))
    assert weights(after / "runs" / best) == weights(climbed[0] / "runs" / best)


def test_a_dropped_cell_that_is_named_goes_on_to_its_end(after: Path, capsys: Capture) -> None:
    best = winner_of(after)
    name = min(path.name for path in (after / "runs").glob("tiny@*") if path.name != best)
    decided = rungs_file(after / "runs", "tiny").read_bytes()
    assert artgen(["run", str(after / "job.toml"), "--only", name]) == 0
    assert f"{name}: going on from step 4" in capsys.readouterr().out
    assert max(int(path.name) for path in (after / "runs" / name).glob("checkpoints/0*")) == 24
    assert rungs_file(after / "runs", "tiny").read_bytes() == decided
    found = standing_of(after / "runs" / name)
    assert found is not None
    assert found[1].outcome == "dropped"


@pytest.mark.slow
def test_a_cell_that_fails_is_out_and_told_and_the_others_are_compared(
    tmp_path: Path, pictures: Path, capsys: Capture
) -> None:
    matrix = '[matrix]\n"train.generator.rate" = [0.0002, 1e30]\nrungs = [0.048]\n'
    jobs_in(tmp_path, pictures, matrix)
    for _ in range(2):
        assert artgen(["run", str(tmp_path / "job.toml")]) == 1
        said = capsys.readouterr()
        assert "1 of 2 runs failed" in said.err
        assert "the losses were no numbers any more" in said.err.split("1 of 2 runs failed")[1]
        rung = read_rungs(rungs_file(tmp_path / "runs", "tiny"))[0.048]
        assert {name: standing.outcome for name, standing in rung.items()} == {
            "tiny@0.0002": "goes on",
            "tiny@1e+30": "failed",
        }
        assert (tmp_path / "runs" / "tiny@0.0002" / "checkpoints" / "00000024").is_dir()


@pytest.mark.slow
def test_fresh_begins_the_whole_sweep_anew(after: Path, pictures: Path) -> None:
    best = winner_of(after)
    climb(jobs_in(after, pictures), RunOptions(fresh=True))
    assert winner_of(after) == best
    assert {path.name for path in (after / "runs").glob("*.1")} == {
        "tiny.rungs.json.1",
        *(path.name for path in (after / "runs").glob("tiny@*.1")),
    }
    assert len(list((after / "runs").glob("tiny@*.1"))) == 2
    assert weights(after / "runs" / best) == weights(after / "runs" / f"{best}.1")


def test_a_damaged_list_of_decisions_is_told_and_not_written_over(after: Path, capsys: Capture) -> None:
    file = rungs_file(after / "runs", "tiny")
    file.write_text("{", encoding="utf-8")
    assert artgen(["run", str(after / "job.toml")]) == 2
    assert "--fresh" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "{"


@pytest.mark.parametrize(
    ("kids", "before", "chosen"),
    [
        ({"a": 0.3, "b": 0.2}, {}, {"b"}),
        ({"b": 0.2, "a": 0.2}, {}, {"a"}),
        ({name: float(place) for place, name in enumerate("abcdefghi")}, {}, {"a", "b", "c"}),
        ({name: float(place) for place, name in enumerate("abcdefgh")}, {}, {"a", "b"}),
        ({}, {}, set()),
        ({"new": 0.1, "worse": 0.5}, {"old": Standing("goes on", 1, 2, 0.2), "gone": Standing("dropped", 2, 2, 0.6)}, {"new"}),
    ],
)  # fmt: skip
def test_the_best_third_goes_on_at_least_one_and_ties_go_by_name(
    kids: dict[str, float], before: dict[str, Standing], chosen: set[str]
) -> None:
    assert going_on(kids, before) == chosen


def test_fresh_sets_decisions_aside_before_anything_runs(
    after: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("artgen.launch.rungs.run_all", killed)
    decided = rungs_file(after / "runs", "tiny").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        climb(jobs_in(after, pictures), RunOptions(fresh=True))
    assert not rungs_file(after / "runs", "tiny").exists()
    assert (after / "runs" / "tiny.rungs.json.1").read_bytes() == decided


def test_fresh_that_is_refused_leaves_what_was_decided(after: Path, pictures: Path) -> None:
    decided = rungs_file(after / "runs", "tiny").read_bytes()
    with held_run(after / "runs" / winner_of(after), "command"), pytest.raises(RunBusyError):
        climb(jobs_in(after, pictures), RunOptions(fresh=True))
    assert rungs_file(after / "runs", "tiny").read_bytes() == decided
    assert not list((after / "runs").glob("*.1"))
