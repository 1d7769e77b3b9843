"""The kit with which the authors of plugins test them; docs/plugins/testing.md tells how.

- `artgen.testing.conformance`: what artgen asks of every component, as tests;
- `artgen.testing.fixtures`: for pytest, by ``pytest_plugins = ["artgen.testing.fixtures"]`` in a conftest.py.

Nothing here is imported unless somebody asks for it.
"""
