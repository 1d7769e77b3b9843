"""FID and KID of generated pictures with the original Inception, as a plugin of artgen."""
