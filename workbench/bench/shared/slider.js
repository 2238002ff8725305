// A range of named stops. While Python answers for one, the widget keeps only the latest of those dragged over meanwhile.
function render({ model, el }) {
  el.innerHTML = '<label class="wb-stops"><span></span><input type="range" min="0"><output></output></label>';
  const [title, range, shown] = el.firstChild.children;
  title.textContent = model.get("description");

  const name = () => {
    const label = model.get("labels")[range.value] ?? "";
    shown.textContent = label;
    range.setAttribute("aria-valuetext", label);
  };
  const show = () => {
    range.max = Math.max(0, model.get("labels").length - 1);
    range.value = model.get("index");
    name();
  };
  range.addEventListener("input", () => {
    name();
    model.set("index", Number(range.value));
    model.save_changes();
  });
  model.on("change:labels", show);
  model.on("change:index", show);
  show();
}

export default { render };
