"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# No test is timed: on a busy machine a slow example is not a wrong one.
settings.register_profile("workbench", deadline=None, print_blob=True)
settings.load_profile("workbench")
