"""Slurm runs the tasks of artgen's jobs, as a plugin of artgen."""
