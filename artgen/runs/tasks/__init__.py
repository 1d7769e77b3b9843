"""The tasks of a run: who is at one, whether it still lives, how far it is, and how it is asked to end."""
