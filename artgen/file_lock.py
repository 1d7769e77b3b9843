"""Locks of the operating system on open files: they end with the process, however it ends."""

from __future__ import annotations

import errno
import sys
from typing import IO, Any

_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}

if sys.platform == "win32":
    import msvcrt
    import time

    # Windows locks bytes and forbids reading them, so the lock sits far behind what is written.
    _FAR = 1 << 30

    def lock(file: IO[Any], *, shared: bool = False, wait: bool = True) -> bool | None:
        """As on other systems; a shared lock is none, because Windows deletes no file that is open."""
        if shared:
            return True
        while True:
            file.seek(_FAR)
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
                time.sleep(0.05)
            else:
                return True

else:
    import fcntl

    def lock(file: IO[Any], *, shared: bool = False, wait: bool = True) -> bool | None:
        """Lock an open file until it is closed.

        Args:
            file: any open file; an exclusive lock is between processes that lock the same path.
            shared: many may hold it, but nobody exclusively meanwhile.
            wait: until the others let go.

        Returns:
            True when it is held, False when somebody else holds it, None where the file system has no locks.
        """
        mode = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(file, mode)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                return None
            raise
        return True
