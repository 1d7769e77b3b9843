"""Films: what they show, and how they are encoded."""
