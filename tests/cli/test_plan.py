"""``artgen plan`` tells what ``preset:auto`` chose, and why."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Artgen

JOB = 'extends = "preset:auto"\n[data]\nfolder = {}\n[train]\ndevice = "cpu"\n'


def test_a_plan_says_what_was_chosen_and_why(artgen_command: Artgen, tmp_path: Path, pictures: Path) -> None:
    (tmp_path / "job.toml").write_text(JOB.format(json.dumps(str(pictures))))
    done = artgen_command("plan", "job.toml", "--set", "generator.width=8", "--set", "train.minutes=1")
    assert (done.returncode, done.stderr) == (0, "")
    block = done.stdout.split("what preset:auto chose and why\n")[1].split("\n\n")[0]
    lines = {line.split()[0]: line for line in block.splitlines()}
    assert "diffaugment, adaptive: 8 pictures: each is shown 750 times" in lines["augmentation"]
    assert lines["network"].endswith("(the job itself says generator.width)")
    assert "budget" not in lines
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "generator.width 8 --set generator.width=8" in rows
    assert 'generator.type "artgen-toolkit:dcgan" preset:auto' in rows
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.toml"]


def test_what_was_chosen_for_all_runs_of_a_sweep_is_said_once_and_the_rest_under_their_names(
    artgen_command: Artgen, tmp_path: Path, pictures: Path
) -> None:
    job = JOB.format(json.dumps(str(pictures))) + "[job]\nname = 'sweep'\n[matrix]\ndata.size = [32, 64]\n"
    (tmp_path / "job.toml").write_text(job)
    done = artgen_command("plan", "job.toml")
    assert (done.returncode, done.stderr) == (0, "")
    blocks = {block.splitlines()[0]: block.splitlines()[1:] for block in done.stdout.strip().split("\n\n")}
    of_all = blocks["what preset:auto chose and why"]
    own = [blocks[f"what preset:auto chose and why in sweep@{size}"] for size in (32, 64)]
    topics = [line.split()[0] for line in (*of_all, *own[0])]
    assert len(set(topics)) == len(topics)
    assert {"network", "batch"} <= {line.split()[0] for line in of_all}
    assert [line.split()[0] for line in own[0]] == [line.split()[0] for line in own[1]]
    assert own[0] != own[1]


def test_a_table_that_a_sweep_tries_is_called_by_its_name(
    artgen_command: Artgen, tmp_path: Path, pictures: Path
) -> None:
    (tmp_path / "job.toml").write_text(
        f"[job]\nname = 'try'\n[data]\nfolder = {json.dumps(str(pictures))}\n[generator]\ntype = 'dcgan'\n[matrix]\n"
        "generator = [{type = 'dcgan', width = 16}, {type = 'dcgan', width = 32}]\n"
        "losses = [[{type = 'adversarial'}, {type = 'r1'}]]\n"
        "train = [{steps = 3, batch = 4}]\n"
    )
    done = artgen_command("plan", "job.toml")
    assert (done.returncode, done.stderr) == (0, "")
    names = [job["name"] for job in json.loads(artgen_command("plan", "--json", "job.toml").stdout)]
    rows = [line.split() for line in done.stdout.splitlines() if line.split()[:1] in ([name] for name in names)]
    assert [row[:4] for row in rows[:2]] == [
        [name, "dcgan", "adversarial+r1", name.partition("@")[2]] for name in names
    ]


def test_a_device_that_is_stated_is_not_looked_for(artgen_command: Artgen, tmp_path: Path, pictures: Path) -> None:
    (tmp_path / "job.toml").write_text(JOB.format(json.dumps(str(pictures))))
    (tmp_path / "trap").mkdir()
    (tmp_path / "trap" / "torch.py").write_text("raise SystemExit('imported torch')")
    done = artgen_command("plan", "--json", "job.toml", path=str(tmp_path / "trap"))
    assert (done.returncode, done.stderr) == (0, "")
    (cell,) = json.loads(done.stdout)
    assert {decision["topic"] for decision in cell["auto"]} >= {"size", "network", "batch", "augmentation", "budget"}


def test_the_cache_holds_what_crops_are_taken_from(artgen_command: Artgen, tmp_path: Path, pictures: Path) -> None:
    style = json.dumps([str(pictures / "church-at-auvers.png")])
    (tmp_path / "job.toml").write_text(
        f"[data]\nfolder = {json.dumps(str(pictures))}\nsize = 64\nzoom = 2.0\n[generator]\ntype = 'stylizer'\n"
        f"[[losses]]\ntype = 'gram-style'\nimages = {style}\n"
    )
    (cell,) = json.loads(artgen_command("plan", "--json", "job.toml").stdout)
    assert cell["pictures"]["shape"].startswith("64×64")
    assert "files, as 128×128×3, learned in crops of 64×64×3; the" in artgen_command("plan", "job.toml").stdout
    assert cell["pictures"]["cache_mb"] == round(cell["pictures"]["files"] * 128 * 128 * 3 / 1e6, 1)


def test_a_folder_without_pictures_is_planned_all_the_same(artgen_command: Artgen, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "job.toml").write_text(JOB.format('"empty"'))
    assert artgen_command("plan", "job.toml").returncode == 0
