"""One page over many runs: each with its pictures and figures, sweeps as tables."""
