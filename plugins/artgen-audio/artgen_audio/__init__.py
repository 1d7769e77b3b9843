"""Films that move to a sound, as a plugin of artgen."""
