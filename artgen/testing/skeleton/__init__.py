"""Writing a new plugin: a distribution that installs, passes its tests and runs its job as it is written."""
