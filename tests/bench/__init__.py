"""Speed, memory and quality, measured side by side in one process: ``nox -s bench`` and ``nox -s quality``."""
