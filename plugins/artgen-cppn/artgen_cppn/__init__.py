"""Pattern networks on coordinates, as a plugin of artgen."""
