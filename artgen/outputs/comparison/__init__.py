"""The page of a sweep: its cells as a table of any two axes, the same pictures in each, one picture across all."""
