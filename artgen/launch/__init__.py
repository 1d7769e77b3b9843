"""Who runs the tasks of a job. Imports no torch."""
