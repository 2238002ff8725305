// Text to be copied; it is set as text, so nothing in it can become markup.
function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "wb-code";
  const bar = document.createElement("div");
  const title = document.createElement("span");
  const copy = document.createElement("button");
  copy.type = "button";
  copy.textContent = "Copy";
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  const text = document.createElement("pre");
  text.tabIndex = 0;
  text.setAttribute("role", "region");
  bar.append(title, copy, told);
  root.append(bar, text);
  el.append(root);

  const select = () => {
    const range = document.createRange();
    range.selectNodeContents(text);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      told.textContent = "Copied.";
    } catch {
      select();
      told.textContent = "Selected: copy it with Ctrl-C.";
    }
  });
  const show = () => {
    title.textContent = model.get("description");
    copy.setAttribute("aria-label", `Copy ${model.get("description")}`);
    text.setAttribute("aria-label", model.get("description"));
    text.textContent = model.get("value");
    told.textContent = "";
    copy.disabled = !model.get("value");
  };
  model.on("change:value", show);
  model.on("change:description", show);
  show();
}

export default { render };
