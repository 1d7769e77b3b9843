"""A Ray cluster to work with: one that is there, or one of this machine alone, started and stopped."""

from __future__ import annotations

import contextlib
import importlib
import os
import secrets
import shutil
import signal
import tempfile
import threading
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from artgen import ArtgenError
from artgen.cores import cores

LOOPBACK = "127.0.0.1"
_OBJECT_STORE_BYTES = 100 * 2**20
"""Nothing but exit codes goes through it."""
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""Nothing is told to Ray's makers; and it need not warn of how it will treat GPUs one day."""


class Cluster:
    """An open one; `close` lets go of it.

    Args:
        address: as the job says it; "" starts one.

    Raises:
        ArtgenError: there is no such cluster, or none can be started.
    """

    def __init__(self, address: str) -> None:
        self._folder = "" if address else tempfile.mkdtemp(prefix="artgen-ray-")
        self._before = dict(os.environ)
        os.environ.update(_QUIET if address else {**_QUIET, **_alone()})
        try:
            self.ray = _imported()
            _read_anew()
            self._ours = not self.ray.is_initialized()
            if self._ours:
                self._open(address)
        except BaseException:
            self._tidy()
            raise

    def nodes(self) -> list[dict[str, float]]:
        """What every machine that is there has, by name."""
        return [node["Resources"] for node in self.ray.nodes() if node["Alive"]]

    def close(self) -> None:
        """Stop it where it was started here."""
        if self._ours:
            self.ray.shutdown()
        self._tidy()
        _read_anew()

    def _open(self, address: str) -> None:
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
        if not address:
            quiet |= {
                "num_cpus": cores(),
                "include_dashboard": False,
                "object_store_memory": _OBJECT_STORE_BYTES,
                "_node_ip_address": LOOPBACK,
                "_temp_dir": self._folder,
            }
        with _own_signals(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Ray will do one day
            try:
                self.ray.init(address=address or "local", **quiet)
            except (ConnectionError, RuntimeError, ValueError, OSError) as error:
                what = f"there is no Ray cluster at '{address}'" if address else "Ray cannot be started here"
                hint = "Is it up? ray status tells." if address else "Its own words are above."
                raise ArtgenError(f"{what}: {error}", where="launcher.address", hint=hint) from error

    def _tidy(self) -> None:
        for name in {*_QUIET, *_alone()}:
            if name in self._before:
                os.environ[name] = self._before[name]
            else:
                os.environ.pop(name, None)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


def _alone() -> dict[str, str]:
    """Variables of a cluster that only this process can use.

    The first has Ray use loopback as it does on macOS and Windows: by default it looks for the machine's address in the
    network and listens there. The others ask every client for a secret, since all users of a machine share its loopback.
    """
    return {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
    }


def _imported() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import ray
        except ImportError as error:
            raise ArtgenError(
                f"Ray cannot be imported: {error}", where="launcher", hint="pip install 'ray>=2.52'"
            ) from error
    found: ModuleType = ray
    return found


def _read_anew() -> None:
    """Have Ray read the variables of this process again, which it does once, when it is imported or first used."""
    with contextlib.suppress(ImportError, AttributeError):  # of other versions, where they are of the first import
        inner = importlib.import_module("ray._raylet")
        inner.Config.initialize("")
        inner.AuthenticationTokenLoader.instance().reset_cache()


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Ray takes SIGTERM for itself, with which artgen saves and ends."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
