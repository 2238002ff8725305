"""A command that is held where it begins to match, so that a signal reaches it at work."""

HELD = """
import atexit
import threading
import time
from workbench.cli import main
from workbench.reconciliation import reconcile

def hold(*_arguments, **_named):
    threading.Thread(target=time.sleep, args=(120,)).start()  # as one of the engine, which nobody waits for
    atexit.register(print, "done at the end")
    print("held", flush=True)
    time.sleep(120)

reconcile.read_books = hold
main()
"""
