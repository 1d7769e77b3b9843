"""One page over many runs: each with its pictures and figures, sweeps as tables. Imports neither torch nor numpy."""
