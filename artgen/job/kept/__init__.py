"""What a run keeps of its job, and what the job has become since."""
