"""What people look at: every function asks first who may, and gives frozen values.

Commands, API and pages show the same values; docs/json.md is made from them.
"""
