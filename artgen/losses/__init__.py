"""What a network is trained to make small; one loss per file."""
