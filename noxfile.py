"""What can be checked, one session each: nox -s tests slow lint types unit plugins build bench quality site."""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.sessions = ["lint", "types", "unit", "tests"]
nox.options.error_on_missing_interpreters = True

HERE = Path(__file__).parent
CONSTRAINTS = ("-c", "constraints.txt")


@nox.session
def tests(session: nox.Session) -> None:
    """The default suite: what the README's second command runs."""
    session.install(*CONSTRAINTS, "-e", ".[test]")
    session.run("python", "-m", "pytest", "-n", "auto", *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """The longer proofs."""
    session.install(*CONSTRAINTS, "-e", ".[test]")
    session.run("python", "-m", "pytest", "-n", "auto", "-m", "slow", *session.posargs)


@nox.session
def unit(session: nox.Session) -> None:
    """What reads jobs and prints help works where torch is not installed at all."""
    light = ("click", "jinja2", "pluggy", "pydantic", "rich", "tomli", "tomli-w")
    session.install(
        *CONSTRAINTS, *light, "hypothesis", "jsonschema", "pytest", "pytest-xdist", "hatchling", "editables"
    )
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    session.run("python", "-c", "import importlib.util as u; assert u.find_spec('torch') is None")
    session.run("python", "-m", "pytest", "tests/unit", *session.posargs)


@nox.session
def plugins(session: nox.Session) -> None:
    """The plugins of this repository, each installed beside artgen, with its own tests and types."""
    session.install(*CONSTRAINTS, "-e", ".[test]", "mypy")
    for folder in sorted(path.parent for path in HERE.glob("plugins/*/pyproject.toml")):
        needs = folder / "tests" / "requirements.txt"
        if needs.exists():  # some want a torchvision, which brings a torch of its own
            # 0 or 1: some have no wheels for some platforms, and tests that need them are skipped there
            session.install(*CONSTRAINTS, "--no-deps", "-r", str(needs), success_codes=[0, 1])
        session.install("--no-deps", "-e", str(folder))
        session.run("python", "-m", "pytest", str(folder), *session.posargs)
        with session.chdir(folder):
            session.run("mypy")


@nox.session
def lint(session: nox.Session) -> None:
    """Style and layering."""
    session.install(*CONSTRAINTS, "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict, on artgen/."""
    session.install(*CONSTRAINTS, "-e", ".", "mypy", "pytest")  # which artgen.testing is for
    session.run("mypy")


@nox.session
def build(session: nox.Session) -> None:
    """A wheel that holds what it needs, and works outside the checkout."""
    session.install(*CONSTRAINTS, "hatchling", "pip")
    dist = session.create_tmp()
    session.run("python", "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", dist, ".")
    wheel = max(Path(dist).glob("*.whl"), key=lambda path: path.stat().st_mtime)
    session.install(*CONSTRAINTS, str(wheel))
    with session.chdir(dist):
        session.run("artgen", "info")
        session.run("artgen", "plugins", "list")
        session.run("artgen", "check", str(HERE / "gallery" / "01-emoji-faces" / "job.toml"))


@nox.session
def bench(session: nox.Session) -> None:
    """Speed and memory, side by side in one process: nox -s bench -- loop cache film help step augment metrics table."""
    session.install(*CONSTRAINTS, "-e", ".[test]")
    session.run("python", "-m", "tests.bench", *session.posargs)


@nox.session
def quality(session: nox.Session) -> None:
    """Three folders against the frozen reference in the same minutes; about six hours, goes on where it stopped."""
    session.install(*CONSTRAINTS, "-e", ".[test]")
    session.run("python", "-m", "tests.bench.quality", *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """The repository's own page over its gallery, from what the repository ships: site/index.html."""
    session.install(*CONSTRAINTS, "-e", ".")
    session.run("python", "gallery/site/build.py", "site")
