"""The expectation suites: what they may state, and how a staged file is validated against one."""
