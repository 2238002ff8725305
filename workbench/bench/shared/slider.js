// A range of named stops. While Python answers for one, only the latest of those dragged over meanwhile is kept.
function render({ model, el }) {
  const root = document.createElement("label");
  root.className = "wb-stops";
  const title = document.createElement("span");
  const range = document.createElement("input");
  range.type = "range";
  range.min = 0;
  const shown = document.createElement("output");
  root.append(title, range, shown);
  el.append(root);

  let asked = false;
  let latest = null;
  const ask = (index) => {
    asked = true;
    model.set("index", index);
    model.save_changes();
  };
  const name = () => {
    const label = model.get("labels")[range.value] ?? "";
    shown.textContent = label;
    range.setAttribute("aria-valuetext", label);
  };
  const show = () => {
    title.textContent = model.get("description");
    range.max = Math.max(0, model.get("labels").length - 1);
    if (!asked) range.value = model.get("index");
    name();
  };
  range.addEventListener("input", () => {
    name();
    if (asked) latest = Number(range.value);
    else if (Number(range.value) !== model.get("index")) ask(Number(range.value));
  });
  model.on("change:answered", () => {
    asked = false;
    if (latest !== null && latest !== model.get("index")) ask(latest);
    latest = null;
  });
  model.on("change:labels", show);
  model.on("change:index", show);
  model.on("change:description", show);
  show();
}

export default { render };
