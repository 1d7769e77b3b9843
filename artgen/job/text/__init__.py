"""The text of a job: files, what they extend and ``--set`` as one tree whose every value remembers who stated it."""
