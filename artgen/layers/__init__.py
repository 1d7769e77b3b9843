"""What several networks are built of: resolutions, normalisation, resampling; one building block per file."""
