"""Whose a name is: written out or not it means the same, and it is told whose it was when it is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from artgen.job import read_job, write_lock
from artgen.job.kept.lock import lock_data

from .conftest import Artgen, Site, forget, job_with


def _pictures(run: Path) -> dict[str, bytes]:
    wanted = [*run.glob("artifacts/images/*.png"), *run.glob("checkpoints/*/*.safetensors")]
    return {str(file.relative_to(run)): file.read_bytes() for file in wanted}


def test_a_name_and_its_distribution_s_name_are_the_same_bytes(site: Site, artgen: Artgen, desk: Path) -> None:
    site.install_loss("artgen-glaze")
    made = []
    for folder, loss in (("bare", "glaze"), ("written-out", "artgen-glaze:glaze")):
        (desk / "job.toml").write_text(job_with(f'type = "{loss}"'), encoding="utf-8")
        told = artgen("run", "job.toml", "--out", folder)
        assert told.code == 0, told.err
        made.append(_pictures(desk / folder / "tiny"))
        assert 'type = "artgen-glaze:glaze"' in (desk / folder / "tiny/job.lock.toml").read_text(encoding="utf-8")
    assert len(made[0]) >= 4
    assert made[0] == made[1]


def test_a_distribution_s_name_may_be_spelled_in_every_way_that_pip_knows(
    site: Site, artgen: Artgen, desk: Path
) -> None:
    site.install_loss("Artgen_Glaze")
    for owner in ("artgen-glaze", "Artgen_Glaze", "artgen.glaze"):
        (desk / "job.toml").write_text(job_with(f'type = "{owner}:glaze"'), encoding="utf-8")
        assert artgen("check", "job.toml").code == 0
    told = artgen("plan", "job.toml", "--json")
    assert '"artgen-glaze:glaze"' in told.out


def test_two_plugins_with_one_name_are_both_named(site: Site, artgen: Artgen, desk: Path) -> None:
    site.install_loss("artgen-one")
    site.install_loss("artgen-two")
    (desk / "job.toml").write_text(job_with('type = "glaze"'), encoding="utf-8")
    told = artgen("check", "job.toml")
    assert told.code == 2
    assert (
        "job.toml:39: [losses.glaze] loss 'glaze' is registered by two packages; "
        "write 'artgen-one:glaze' or 'artgen-two:glaze'\n"
    ) in told.err
    (desk / "job.toml").write_text(job_with('type = "artgen-two:glaze"'), encoding="utf-8")
    assert artgen("check", "job.toml").code == 0
    place = site.folder / "artgen_one_plugin.py"
    note = f"  note: {place}:6: loss 'glaze' is also of artgen-two; write 'artgen-one:glaze'\n"
    assert note in artgen("plugins").out


def test_a_name_that_artgen_has_itself_is_artgen_s(site: Site, artgen: Artgen, desk: Path) -> None:
    site.install_loss("artgen-copycat", "r1")
    assert "loss 'r1' is also of artgen-toolkit; write 'artgen-copycat:r1'" in artgen("plugins").out
    (desk / "job.toml").write_text(job_with('type = "r1"\nshine = 1.0'), encoding="utf-8")
    assert "unknown key 'shine'" in artgen("check", "job.toml").err
    (desk / "job.toml").write_text(job_with('type = "artgen-copycat:r1"\nshine = 1.0'), encoding="utf-8")
    assert artgen("check", "job.toml").code == 0


@pytest.fixture
def removed(site: Site, desk: Path) -> Site:
    """The lock of a run that was begun with a plugin, which is no longer installed."""
    site.install_loss("artgen-glaze", version="0.3")
    (desk / "job.toml").write_text(job_with('type = "glaze"'), encoding="utf-8")
    forget(site.folder)
    (job,) = read_job(desk / "job.toml")
    folder = desk / "runs/tiny"
    folder.mkdir(parents=True)
    write_lock(folder / "job.lock.toml", lock_data(job, folder))
    site.uninstall("artgen-glaze")
    return site


GONE = "is of artgen-glaze 0.3, which is not installed. Try: pip install artgen-glaze==0.3\n"


@pytest.mark.usefixtures("removed")
@pytest.mark.parametrize(
    ("command", "place"),
    [
        (("run", "job.toml"), "job.toml:39: [losses.glaze] loss 'glaze' "),
        (("check", "job.toml"), "job.toml:39: [losses.glaze] loss 'glaze' "),
        (("plan", "job.toml"), "job.toml:39: [losses.glaze] loss 'glaze' "),
        (("run", "runs/tiny/job.lock.toml"), "[losses.glaze] loss 'artgen-glaze:glaze' "),
        (("render", "runs/tiny", "--seeds", "0-1"), "[losses.glaze] loss 'artgen-glaze:glaze' "),
    ],
    ids=" ".join,
)
def test_a_plugin_that_was_removed_is_told_of_by_the_lock(command: tuple[str, ...], place: str, artgen: Artgen) -> None:
    told = artgen(*command)
    assert told.code == 2
    assert place + GONE in told.err


@pytest.mark.usefixtures("removed")
def test_so_it_is_where_runs_are_elsewhere(artgen: Artgen, desk: Path) -> None:
    (desk / "runs").rename(desk / "elsewhere")
    assert GONE in artgen("run", "job.toml", "--out", "elsewhere").err
    assert "unknown loss 'glaze'" in artgen("run", "job.toml").err


def test_a_newer_version_without_the_name_says_which_had_it(removed: Site, artgen: Artgen) -> None:
    removed.install_loss("artgen-glaze", "glazed", version="0.4")
    told = artgen("check", "job.toml")
    assert "loss 'glaze' is of artgen-glaze 0.3, and artgen-glaze 0.4 has none of this name. " in told.err
    assert "Did you mean 'artgen-glaze:glazed'? Or have that one again: pip install artgen-glaze==0.3\n" in told.err


def test_a_run_that_goes_on_with_another_version_says_so(site: Site, artgen: Artgen, desk: Path) -> None:
    site.install_loss("artgen-glaze", version="0.3")
    (desk / "job.toml").write_text(job_with('type = "glaze"'), encoding="utf-8")
    assert artgen("run", "job.toml").code == 0
    site.uninstall("artgen-glaze")
    site.install_loss("artgen-glaze", version="0.4")
    told = artgen("run", "job.toml")
    assert told.code == 0
    assert "tiny: this run began with artgen-glaze 0.3, and goes on with 0.4" in told.out + told.err
    again = artgen("run", "job.toml")
    assert "began with" not in again.out + again.err
