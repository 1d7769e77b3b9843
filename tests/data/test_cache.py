from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from artgen.data.cache import open_pictures
from artgen.data.cache_folder import cache_folder
from artgen.data.pictures import Pictures
from artgen.errors import ArtgenError, DataError
from tests.data.sample_pictures import PICTURES, config, decoded, distance
from tests.data.test_decode import png_claiming


class Counter:
    """Progress that remembers how many files were decoded."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.calls.append((done, total))

    @property
    def decoded(self) -> int:
        return len(self.calls)


def opened(folder: Path, **options: Any) -> tuple[Pictures, int]:
    counter = Counter()
    return open_pictures(config(folder, **options), progress=counter), counter.decoded


def left_in(cache: Path) -> list[str]:
    return sorted(path.suffix for path in (cache / "pictures").glob("*") if path.suffix != ".lock")


def test_the_rows_are_the_pictures_in_the_order_of_their_names(folder: Path) -> None:
    pictures, _ = opened(folder, size=[48, 32])
    assert pictures.names == sorted(pictures.names)
    assert pictures.names[4] == "deeper/fox.webp"
    assert pictures.array.shape == (8, 32, 48, 3)
    for name, row in zip(pictures.names, pictures.array, strict=True):
        with (folder / name).open("rb") as file:
            assert distance(row, decoded(file, size=[48, 32])) == 0
    assert (pictures.read([7, 0, 7]) == pictures.array[[7, 0, 7]]).all()
    with pytest.raises(ValueError, match="read-only"):
        pictures.array[0] = 0


def test_how_many_processes_decode_changes_nothing(folder: Path, tmp_path: Path) -> None:
    one, three = (
        open_pictures(config(folder), workers=workers, cache_folder=tmp_path / str(workers)) for workers in (1, 3)
    )
    assert one.fingerprint == three.fingerprint
    assert (one.array == three.array).all()


def test_progress_counts_up_to_the_end(folder: Path) -> None:
    counter = Counter()
    open_pictures(config(folder), progress=counter)
    assert counter.calls == [(done, 8) for done in range(1, 9)]


def test_a_second_start_decodes_nothing(folder: Path) -> None:
    first, decoded_first = opened(folder)
    for path in folder.rglob("*.*"):  # what is decoded now would be broken, but looks unchanged
        status = path.stat()
        path.write_bytes(bytes(status.st_size))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    second, decoded_second = opened(folder)
    assert (decoded_first, decoded_second) == (8, 0)
    assert second.fingerprint == first.fingerprint
    assert second.names == first.names
    assert (second.array == first.array).all()


def test_mirroring_is_no_reason_to_decode_again(folder: Path) -> None:
    opened(folder)
    assert opened(folder, mirror=True)[1] == 0


@pytest.mark.parametrize("options", [{"size": 16}, {"fit": "contain"}, {"colors": "gray"}, {"background": "red"}])
def test_other_settings_are_another_cache(folder: Path, options: dict[str, Any]) -> None:
    first, _ = opened(folder)
    second, count = opened(folder, **options)
    assert count == 8
    assert second.fingerprint != first.fingerprint
    assert opened(folder)[1] == 0


def test_only_what_is_new_or_changed_is_decoded(folder: Path, own_cache: Path) -> None:
    first, _ = opened(folder)
    (folder / "coffee.jpg").write_bytes((folder / "chelsea.jpg").read_bytes())
    changed, count = opened(folder)
    assert count == 1
    assert changed.fingerprint != first.fingerprint
    assert (changed.array[3] == first.array[1]).all()
    others = [0, 1, 2, 4, 5, 6, 7]
    assert (changed.array[others] == first.array[others]).all()

    (folder / "aardvark.png").write_bytes((folder / "church-at-auvers.png").read_bytes())
    added, count = opened(folder)
    assert (len(added), count) == (9, 1)
    assert (added.array[1:] == changed.array).all()

    (folder / "aardvark.png").unlink()
    removed, count = opened(folder)
    assert (len(removed), count) == (8, 0)
    assert removed.fingerprint == changed.fingerprint
    assert (removed.array == changed.array).all()
    for pictures in (first, changed, added, removed):
        pictures.close()  # only now their files may go
    (folder / "grinning.webp").unlink()
    opened(folder)
    assert left_in(own_cache) == [".bin", ".json"]


def test_bad_files_are_named_and_leave_no_gap(folder: Path) -> None:
    (folder / "a-story.png").write_text("Once upon a time")
    (folder / "cut.jpg").write_bytes((PICTURES / "astronaut.jpg").read_bytes()[:2000])
    (folder / "empty.gif").touch()
    (folder / "z-bomb.png").write_bytes(png_claiming(50_000, 50_000).getvalue())
    for _ in range(2):
        pictures, _ = opened(folder)
        assert len(pictures) == 8
        assert [one.name for one in pictures.skipped] == ["a-story.png", "cut.jpg", "empty.gif", "z-bomb.png"]
        assert "50000×50000 pixels" in pictures.skipped[3].reason
        with (folder / pictures.names[-1]).open("rb") as file:
            assert distance(pictures.array[-1], decoded(file)) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_bomb_takes_no_memory(folder: Path) -> None:
    (folder / "bomb.png").write_bytes(png_claiming(50_000, 50_000).getvalue())
    # in a process of its own, whose only children are those that decode
    code = textwrap.dedent(
        f"""
        import resource
        from artgen.data.cache import open_pictures
        from tests.data.sample_pictures import config
        from pathlib import Path
        open_pictures(config(Path({str(folder)!r})))
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
        """
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert 0 < int(told) < 500_000


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_file_that_cannot_be_read_is_tried_again_once_it_can(folder: Path, tmp_path: Path) -> None:
    (folder / "link.jpg").symlink_to(tmp_path / "later.jpg")
    pictures, count = opened(folder)
    assert (len(pictures), count) == (8, 9)
    assert str(pictures.skipped[0]) == "link.jpg: cannot be read: No such file or directory"
    assert opened(folder)[1] == 0
    (tmp_path / "later.jpg").write_bytes((PICTURES / "coffee.jpg").read_bytes())
    pictures, count = opened(folder)
    assert (len(pictures), count) == (9, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_a_picture_that_there_was_no_memory_for_is_tried_again(folder: Path) -> None:
    Image.new("RGB", (9000, 7000), (9, 200, 9)).save(folder / "big.png", compress_level=1)
    # in a process of its own, which decodes by itself
    code = textwrap.dedent(
        f"""
        import resource
        from artgen.data.cache import open_pictures
        from tests.data.sample_pictures import config
        from pathlib import Path
        resource.setrlimit(resource.RLIMIT_AS, (260_000_000, 260_000_000))
        print(*open_pictures(config(Path({str(folder)!r})), workers=1).skipped)
        """
    )
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=alone).stdout
    assert told == "big.png: there is not enough memory to decode it\n"
    pictures, count = opened(folder)
    assert (len(pictures), count) == (9, 1)


def test_decoded_pictures_that_are_cut_short_meanwhile_are_told_with_what_to_do(folder: Path) -> None:
    pictures, _ = opened(folder)
    os.truncate(pictures.path, 100)
    with pytest.raises(DataError, match="cut short while they were in use") as raised:
        pictures.read([0, 7])
    assert "decodes them anew" in raised.value.hint
    assert len(opened(folder)[0]) == 8


@pytest.mark.parametrize("name", ["mit Leerzeichen.jpg", "Ångström 😀.jpg", "line\nbreak.jpg", "not-utf8-\udcff.jpg"])
@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_any_file_name_will_do(folder: Path, name: str) -> None:
    (folder / name).write_bytes((PICTURES / "coffee.jpg").read_bytes())
    assert opened(folder)[1] == 9
    pictures, count = opened(folder)
    assert (len(pictures), count) == (9, 0)
    assert name in pictures.names


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({}, "no picture can be read"),
        ({"a.jpg": "coffee.jpg", "b.jpg": "chelsea.jpg", "c.webp": "fox.webp"}, "only 3 pictures can be read"),
        ({"a.jpg": None, "b.png": None, "c.png": None, "d.png": None, "e.gif": None}, "no picture can be read"),
    ],
)
def test_too_few_pictures_are_an_error_that_leaves_nothing(
    tmp_path: Path, own_cache: Path, files: dict[str, str | None], what: str
) -> None:
    folder = tmp_path / "few"
    folder.mkdir()
    for name, source in files.items():
        (folder / name).write_bytes((PICTURES / source).read_bytes() if source else b"broken")
    with pytest.raises(DataError, match=what) as caught:
        opened(folder)
    assert caught.value.exit_code == 3
    assert str(folder) in str(caught.value)
    assert caught.value.hint
    assert str(caught.value).count("skipped") == list(files.values()).count(None)
    assert left_in(own_cache) == []


def _truncate(cache: Path) -> None:
    (data,) = (cache / "pictures").glob("*.bin")
    os.truncate(data, data.stat().st_size - 1)


def _delete(cache: Path) -> None:
    (data,) = (cache / "pictures").glob("*.bin")
    data.unlink()


def _scribble(content: str) -> Any:
    def damage(cache: Path) -> None:
        (manifest,) = (cache / "pictures").glob("*.json")
        manifest.write_text(content)

    return damage


def _shorten(cache: Path) -> None:
    (manifest,) = (cache / "pictures").glob("*.json")
    stored = json.loads(manifest.read_text())
    stored["hashes"].pop()
    manifest.write_text(json.dumps(stored))


@pytest.mark.parametrize(
    "damage", [_truncate, _delete, _shorten, _scribble(""), _scribble("[1]"), _scribble('{"format": 1, "x": 2}')]
)
def test_a_damaged_cache_is_made_again(folder: Path, own_cache: Path, damage: Any) -> None:
    first, _ = opened(folder)
    wanted = np.array(first.array)
    first.close()
    damage(own_cache)
    second, count = opened(folder)
    assert count == 8
    assert (second.array == wanted).all()
    assert left_in(own_cache) == [".bin", ".json"]


SCRIPT = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from artgen.data.cache import open_pictures
    from artgen.data.config import DataConfig

    decoded = 0
    def progress(done, total):
        global decoded
        decoded = done
        if sys.argv[2] == "die" and done == total // 2:
            os.kill(os.getpid(), signal.SIGKILL)

    pictures = open_pictures(DataConfig(folder=Path(sys.argv[1]), size=32), progress=progress)
    print(decoded, pictures.fingerprint)
    """
)


def start(folder: Path, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder), how], stdout=subprocess.PIPE, text=True)


def many(folder: Path, count: int) -> None:
    with Image.open(PICTURES / "coffee.jpg") as image:
        for index in range(count):
            image.crop((index, 0, index + 200, 200)).save(folder / f"{index:03}.jpg")


def test_two_at_once_decode_once(folder: Path) -> None:
    many(folder, 60)
    said = []
    for process in [start(folder, "live"), start(folder, "live")]:
        with process:
            said.append(process.communicate()[0].split())
    assert sorted(int(decoded) for decoded, _ in said) == [0, 68]
    assert said[0][1] == said[1][1]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_what_a_killed_process_left_is_never_used(folder: Path, own_cache: Path) -> None:
    many(folder, 60)
    with start(folder, "die") as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert left_in(own_cache) == [".part"]
    pictures, count = opened(folder)
    assert count == 68
    assert left_in(own_cache) == [".bin", ".json"]
    for name, row in zip(pictures.names, pictures.array, strict=True):
        with (folder / name).open("rb") as file:
            assert distance(row, decoded(file)) == 0


def test_an_interrupted_start_leaves_nothing(folder: Path, own_cache: Path) -> None:
    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_pictures(config(folder), progress=interrupt)
    assert left_in(own_cache) == []


def test_over_the_cap_what_was_used_longest_ago_goes_first(
    folder: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bytes_each = 8 * 32 * 32 * 3
    for age, background in ((30, "red"), (20, "lime"), (10, "blue")):
        pictures, _ = opened(folder, background=background)
        pictures.close()
        for manifest in (own_cache / "pictures").glob("*.json"):
            status = manifest.stat()
            os.utime(manifest, ns=(0, status.st_mtime_ns - age * 10**9))
    opened(folder, background="red")[0].close()  # used again
    monkeypatch.setenv("ARTGEN_CACHE_GB", str(3.5 * bytes_each / 1e9))
    opened(folder, background="black")[0].close()
    assert [opened(folder, background=b)[1] for b in ("red", "blue", "black")] == [0, 0, 0]
    assert opened(folder, background="lime")[1] == 8


@pytest.mark.skipif(os.name == "nt", reason="tests the locks of other systems")
def test_what_is_in_use_stays_whatever_the_cap(folder: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, _ = opened(folder)
    monkeypatch.setenv("ARTGEN_CACHE_GB", "0")
    opened(folder, background="black")
    assert opened(folder)[1] == 0
    held.close()
    opened(folder, background="red")
    assert left_in(own_cache) == [".bin", ".json"]


def test_the_users_cache_folder_is_the_systems_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ARTGEN_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    for platform, variable, place in (
        ("linux", "", tmp_path / ".cache" / "artgen" / "pictures"),
        ("linux", "XDG_CACHE_HOME", tmp_path / "there" / "artgen" / "pictures"),
        ("darwin", "", tmp_path / "Library" / "Caches" / "artgen" / "pictures"),
        ("win32", "LOCALAPPDATA", tmp_path / "there" / "artgen" / "pictures"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "platform", platform)
            patch.delenv("XDG_CACHE_HOME", raising=False)
            if variable:
                patch.setenv(variable, str(tmp_path / "there"))
            assert cache_folder() == place


def test_a_cache_that_cannot_be_written_says_what_to_do(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "file"))
    with pytest.raises(ArtgenError, match="cannot be used") as caught:
        opened(folder)
    assert "ARTGEN_CACHE" in caught.value.hint
    monkeypatch.delenv("ARTGEN_CACHE")
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    for cap in ("plenty", "inf"):
        monkeypatch.setenv("ARTGEN_CACHE_GB", cap)
        with pytest.raises(ArtgenError, match="no number"):
            opened(folder)


def test_what_is_not_enough_room_is_said_before_decoding(folder: Path) -> None:
    many(folder, 60)
    with pytest.raises(ArtgenError, match="are free"):
        opened(folder, size=[8_000_000, 8_000_000])
