"""Jobs to build on: ``extends = "preset:NAME"``."""
