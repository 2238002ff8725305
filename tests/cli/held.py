"""A command that is held where it begins to match, so that a signal reaches it at work."""

HELD = """
import time
from workbench.cli import main
from workbench.reconciliation import reconcile

def hold(*_arguments, **_named):
    print("held", flush=True)
    time.sleep(120)

reconcile.read_books = hold
main()
"""
