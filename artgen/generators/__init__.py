"""Networks that paint pictures from latent vectors; one architecture per file."""
