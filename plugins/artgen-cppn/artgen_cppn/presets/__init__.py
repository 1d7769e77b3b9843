"""Looks by name: tables of a job, for `extends`."""
