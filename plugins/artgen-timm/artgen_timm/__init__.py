"""Networks of timm that losses look at pictures through, as a plugin of artgen."""
