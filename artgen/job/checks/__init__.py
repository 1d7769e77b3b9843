"""What must fit together in a job, told before anything starts."""
