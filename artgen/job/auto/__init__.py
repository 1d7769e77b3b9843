"""``preset:auto``: what suits these pictures on this machine, and why."""
