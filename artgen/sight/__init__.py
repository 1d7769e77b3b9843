"""Pictures as a fixed network sees them: features, what they add up to, and exact gradients, whole or in tiles."""
