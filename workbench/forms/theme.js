// JupyterLab says on its body which theme it shows; elsewhere the bench stays as it is.
function render({ model, el }) {
  el.style.display = "none";
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
  return () => watcher.disconnect();
}

export default { render };
