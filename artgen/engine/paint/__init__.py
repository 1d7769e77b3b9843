"""Painting canvases: pictures whose pixels are what is learned."""
