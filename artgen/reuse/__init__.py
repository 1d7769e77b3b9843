"""What is done with a run that is there: more of its pictures, the same once more, others out of what it learned. No torch."""
