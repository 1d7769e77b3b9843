"""Pictures for the press and the pen plotter, as a plugin of artgen."""
