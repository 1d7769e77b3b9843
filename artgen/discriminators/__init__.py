"""Networks that tell real pictures from painted ones; one architecture per file."""
