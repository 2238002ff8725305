// Loads plotly into the page, once for all benches; the charts wait for it.
function render({ model, el }) {
  el.style.display = "none";
  if (globalThis.Plotly || globalThis.wbPlotlyLoads) return;
  globalThis.wbPlotlyLoads = true;
  const address = URL.createObjectURL(new Blob([model.get("source")], { type: "text/javascript" }));
  import(address).finally(() => URL.revokeObjectURL(address));
}

export default { render };
