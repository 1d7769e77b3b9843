"""From seeds to pictures: latents, the paths between them, and the one function that paints them."""
