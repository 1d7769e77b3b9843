"""Slurm on one host: munge, the controller and a node, all on loopback, in a folder of their own."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

SBIN = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo")
CORES = 4

_CONF = """
ClusterName=artgen
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=120
ReturnToService=2
NodeName=localhost NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=low Nodes=localhost Default=YES PriorityTier=1
PartitionName=high Nodes=localhost PriorityTier=10 PreemptMode=OFF
"""


def missing() -> list[str]:
    """What of Slurm is not installed here."""
    return [name for name in PROGRAMS if not shutil.which(name, path=SBIN)]


class OneHost:
    """Started when it is made, ended by `stop`.

    Args:
        folder: of its own, with a short path: a socket's has room for 107 letters.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = [_free_port() for _ in range(2)]
        for name in ("munge", "state", "spool"):
            (folder / name).mkdir(mode=0o700)
        self.conf = folder / "slurm.conf"
        self.conf.write_text(_CONF.format(folder=folder, ports=self.ports, user=getpass.getuser(), cores=CORES))
        self._start()

    def _start(self) -> None:
        munge = self.folder / "munge"
        key = munge / "key"
        key.write_bytes(secrets.token_bytes(64))
        key.chmod(0o600)
        of_munge = {"key-file": key, "socket": munge / "socket", "pid-file": munge / "pid"}
        of_munge |= {"log-file": munge / "log", "seed-file": munge / "seed"}
        self.told("munged", "--force", *(f"--{name}={path}" for name, path in of_munge.items()))
        self.told("slurmctld", "-c", "-f", str(self.conf))
        self.told("slurmd", "-N", "localhost", "-f", str(self.conf))
        until = time.monotonic() + 30
        while "idle" not in self.told("sinfo", "--noheader", "--format=%t", check=False):
            if time.monotonic() > until:
                log = (self.folder / "slurmctld.log").read_text(errors="replace")
                pytest.fail(f"Slurm does not come up: {log[-2000:]}")
            time.sleep(0.2)

    def told(self, *words: str, check: bool = True) -> str:
        """What one of its programs says."""
        program = shutil.which(words[0], path=SBIN)
        assert program
        environment = {**os.environ, "SLURM_CONF": str(self.conf)}
        done = subprocess.run([program, *words[1:]], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not check, f"{words}: {done.stderr}"
        return done.stdout

    def processes(self) -> list[int]:
        """Its daemons."""
        pids = [self.folder / name for name in ("slurmd.pid", "slurmctld.pid", "munge/pid")]
        return [int(file.read_text()) for file in pids if file.exists()]

    def stop(self) -> None:
        """End all jobs and daemons."""
        self.told("scancel", "--signal=KILL", "--full", "--user", getpass.getuser(), check=False)
        self.told("scancel", "--user", getpass.getuser(), check=False)
        for process in self.processes():
            os.kill(process, 15)
        time.sleep(1)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
