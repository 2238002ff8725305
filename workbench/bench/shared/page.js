// JupyterLab says on its body which theme it shows; elsewhere the bench stays as it is.
const followTheme = (model) => {
  const look = () => {
    const light = document.body.dataset.jpThemeLight;
    if (light === undefined) return;
    const theme = light === "false" ? "dark" : "light";
    if (model.get("theme") === theme) return;
    model.set("theme", theme);
    model.save_changes();
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  look();
  return watcher;
};

// Notebooks take letters and arrows for commands unless text is being typed: "d d" on a button would delete the cell.
// Notebook 7 hears them before any element of the page, so that only its own attribute keeps them for the bench.
const keepKeys = (bench) => {
  const hear = (event) => {
    if (!bench.contains(event.target)) return;
    const command = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
    const leave = event.key === "Escape" && !event.target.closest(".wb-screen");
    event.target.toggleAttribute("data-lm-suppress-shortcuts", !command && !leave);
  };
  window.addEventListener("keydown", hear, true);
  return { disconnect: () => window.removeEventListener("keydown", hear, true) };
};

// JupyterLab hands the messages of some widgets to one thread of the kernel and of others to another, so that a click
// on Run can overtake what was typed before it. Through one thread they come in the order in which they were made.
const keepOrder = (model) => {
  const kernel = model.widget_manager?.kernel;
  if (kernel && "commsOverSubshells" in kernel) kernel.commsOverSubshells = "disabled";
};

// A kernel that was restarted knows nothing of what is on the page.
const tellOfRestart = (model, bench) => {
  const tell = (_kernel, status) => {
    if (!["restarting", "autorestarting", "dead"].includes(status)) return;
    for (const run of bench.querySelectorAll(".wb-run, .wb-bar")) {
      const told = document.createElement("div");
      told.className = "wb-problem";
      told.setAttribute("role", "alert");
      told.textContent = "The kernel was restarted: run the cell of the bench again (Shift+Enter). A reconciliation that has a name then stands as it was.";
      run.replaceChildren(told);
    }
  };
  const kernel = model.widget_manager?.kernel;
  kernel?.statusChanged.connect(tell);
  return { disconnect: () => kernel?.statusChanged.disconnect(tell) };
};

// Once for all benches of the page; the charts wait for it.
const loadPlotly = (model) => {
  if (globalThis.Plotly || globalThis.wbPlotlyLoads) return;
  globalThis.wbPlotlyLoads = true;
  const address = URL.createObjectURL(new Blob([model.get("plotly")], { type: "text/javascript" }));
  import(address).finally(() => URL.revokeObjectURL(address));
};

function render({ model, el }) {
  el.style.display = "none";
  loadPlotly(model);
  keepOrder(model);
  const watchers = [followTheme(model)];
  requestAnimationFrame(() => {
    const bench = el.closest(".wb-bench");
    if (bench) {
      watchers.push(tellOfRestart(model, bench), keepKeys(bench));
    }
  });
  return () => watchers.forEach((watcher) => watcher.disconnect());
}

export default { render };
