"""Training: a stream of pictures in, checkpoints out. The parts are shared by every driver."""
