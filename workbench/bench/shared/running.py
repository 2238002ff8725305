"""Running: Run and Stop, progress by stage, and what went wrong as a sentence. Every bench runs this way."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from signal import SIGINT, getsignal, signal
from threading import Event, Thread, current_thread, main_thread
from time import sleep
from typing import Any

import ipywidgets

from workbench.bench.shared.fields import ROW, Part
from workbench.bench.shared.replace import kernel_loop
from workbench.bench.shared.state import State
from workbench.bench.shared.text import Tone, say, words
from workbench.engine import interrupt
from workbench.errors import WorkbenchError
from workbench.progress import check_stop, stoppable

AGAIN = 0.2  # seconds after which the engines are interrupted again: the next query may have begun meanwhile


class Running(Part):
    """Puts what ``make`` returns into ``state.result``; after a stop or an error the last result stays.

    ``watched`` are the traits of the state on which the result depends.
    """

    def __init__(self, state: State, what: str, watched: Sequence[str]) -> None:
        self.state = state
        self.start_button = ipywidgets.Button(description="Run", button_style="primary", tooltip=what)
        self.stop_button = ipywidgets.Button(description="Stop", tooltip="Stop; the last result stays", disabled=True)
        self.bar = ipywidgets.IntProgress(
            description="Progress", layout={"width": "min(100%, 17em)", "visibility": "hidden"}
        )
        self.message, self.doubts = words(""), words("")
        self._stop = Event()
        self.start_button.on_click(lambda _: self.start())
        self.stop_button.on_click(lambda _: self.stop())
        state.observe(self._changed, ["problems", "running", *watched])
        super().__init__(
            "run",
            ipywidgets.HBox([self.start_button, self.stop_button, self.bar], layout=ROW),
            self.message,
            self.doubts,
        )
        self._allow()

    def make(self) -> Any:
        """Compute the result, calling ``tell`` before each stage."""
        raise NotImplementedError

    def outcome(self, result: Any) -> str:
        """The outcome in a sentence."""
        raise NotImplementedError

    def doubt(self, _result: Any) -> str:
        """What of the outcome is in doubt; empty where nothing is."""
        return ""

    def tone(self, _result: Any) -> Tone:
        """Whether the outcome is good news."""
        return "good"

    def start(self) -> Thread | None:
        """Run beside the kernel's own thread, so that Stop is heard.

        What comes of it is shown by that thread, as clicks are answered by it: the engines serve one thread at a time.
        """
        if not self.state.ready:
            return None
        self._begin()
        loop = kernel_loop()
        if loop:
            # The kernel puts back what heard interrupts before as soon as it has answered the click: this comes after.
            loop.call_later(AGAIN, self._listen, loop)
        thread = Thread(target=self._run_aside, args=(loop,), daemon=True)
        thread.start()
        return thread

    def run(self) -> None:
        """Run here and now, and return when it has ended."""
        if self.state.ready:
            self._begin()
            self._attempt()()

    def stop(self) -> None:
        """Have the run end at its next look whether it shall, and the engines leave the queries that they are at."""
        if self.state.running and not self._stop.is_set():
            self._stop.set()
            Thread(target=self._interrupt, args=(self._stop,), daemon=True).start()

    def _interrupt(self, stop: Event) -> None:
        while self.state.running and stop is self._stop:  # whoever stops and runs again means the run before
            for records in self.state.records.values():
                interrupt(records.engine)
            sleep(AGAIN)

    def tell(self, stage: str, done: int, steps: int) -> None:
        """Say at which stage the run is; raises ``Stopped`` if it shall not go on."""
        check_stop()
        self.bar.max, self.bar.value = steps, done
        say(self.message, f"{stage[:1].upper()}{stage[1:]} ({done} of {steps})", "good")

    def _listen(self, loop: AbstractEventLoop) -> None:
        """Have *Interrupt Kernel* stop a run that goes on beside the kernel's own thread, which alone would hear it."""
        # Whoever runs again at once is still heard by the run before, which knows what to put back in the end.
        if current_thread() is main_thread() and self.state.running and getsignal(SIGINT) != self._hear:
            before = signal(SIGINT, self._hear)
            loop.call_later(AGAIN, self._listen_no_longer, loop, before)

    def _hear(self, *_signal: Any) -> None:
        self.stop()

    def _listen_no_longer(self, loop: AbstractEventLoop, before: Any) -> None:
        if self.state.running:
            loop.call_later(AGAIN, self._listen_no_longer, loop, before)
        else:
            signal(SIGINT, before)

    def _begin(self) -> None:
        self._stop = Event()
        self.state.running = True

    def _run_aside(self, loop: AbstractEventLoop | None) -> None:
        end = self._attempt()
        if loop:
            loop.call_soon_threadsafe(end)
        else:
            end()

    def _attempt(self) -> Callable[[], None]:
        """Make the result, and return what shows it."""
        result, sentence = None, ""
        try:
            with stoppable(self._stop.is_set):
                result = self.make()
        except WorkbenchError as error:
            sentence = str(error)
        except Exception as error:  # noqa: BLE001 - in a thread, the error would be lost otherwise
            sentence = f"the run failed: {type(error).__name__}: {error}"
        return lambda: self._end(result, sentence)

    def _end(self, result: Any, sentence: str) -> None:
        self.state.running = False
        if result:
            say(self.message, self.outcome(result), self.tone(result))
            say(self.doubts, self.doubt(result), "caution")
            self.state.result = result
        elif self._stop.is_set():  # the engine's own error about the interruption does not matter
            say(self.message, "Stopped; the last result stays.", "good")
        else:
            say(self.message, sentence, "problem")

    def _changed(self, change: Any) -> None:
        self._allow()
        if change["name"] != "running" and not self.state.running:
            self._say_waiting()

    def _allow(self) -> None:
        running = self.state.running
        self.start_button.disabled = not self.state.ready
        self.stop_button.disabled = not running
        self.bar.layout.visibility = "visible" if running else "hidden"

    def _say_waiting(self) -> None:
        problems = list(self.state.problems.values())
        if problems:
            say(self.message, f"Run waits: {problems[0]}", "problem")
        elif self.state.result:
            say(self.message, "Something has changed since the last run: what stands below is from before.", "hint")
        else:
            say(self.message, "")
