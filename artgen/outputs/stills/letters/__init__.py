"""Text on pictures, and the fonts that it is written in."""
