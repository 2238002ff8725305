// Text to be copied; it is set as text, so nothing in it can become markup.
function render({ model, el }) {
  el.innerHTML =
    '<div class="wb-code"><div><span></span><button type="button">Copy</button><span role="status"></span></div>' +
    '<pre tabindex="0" role="region"></pre></div>';
  const [bar, text] = el.firstChild.children;
  const [title, copy, told] = bar.children;
  title.textContent = model.get("description");
  copy.setAttribute("aria-label", `Copy ${model.get("description")}`);
  text.setAttribute("aria-label", model.get("description"));

  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      told.textContent = "Copied.";
    } catch {
      window.getSelection().selectAllChildren(text);
      told.textContent = "Selected: copy it with Ctrl-C.";
    }
  });
  const show = () => {
    text.textContent = model.get("value");
    told.textContent = "";
    copy.disabled = !model.get("value");
  };
  model.on("change:value", show);
  show();
}

export default { render };
