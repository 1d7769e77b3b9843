"""Many runs of one job: the cells of its matrix, what they are called, and which of them go on."""
