"""What a run leaves: folder, lock, numbers, progress. Imports no torch."""
