"""How good painted pictures are, in numbers: measured against the real ones."""
