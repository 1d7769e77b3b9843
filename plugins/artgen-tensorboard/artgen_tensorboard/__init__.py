"""A run's numbers and pictures in TensorBoard, as a plugin of artgen."""
