"""What a stylizer makes of other people's pictures and films."""
