"""The poster: pictures on paper for the wall, with lengths in mm or inches."""
