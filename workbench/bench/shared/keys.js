// Keys are heard within one part of the bench: whoever types elsewhere, or into a field, means text.
const TYPED = "textarea, select, input:not([type=checkbox])"; // arrows choose among radio buttons, too

function render({ model, el }) {
  el.style.display = "none";
  let part = null;
  const hear = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const typed = event.target.matches(TYPED);
    if (typed && !(["Enter", "Escape"].includes(event.key) && event.target.closest(".wb-keys-here"))) return;
    if (event.key === "Enter" && !typed) return; // it presses the button that has the focus
    if (!model.get("names").includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (typed) event.target.blur(); // so that what was typed goes ahead of the key
    model.send({ key: event.key });
    // What is typed next belongs into the field, before the kernel has answered.
    if (model.get("asking").includes(event.key)) part.querySelector(".wb-keys-here input")?.focus();
  };
  requestAnimationFrame(() => {
    part = el.closest(`.${model.get("within")}`);
    part?.addEventListener("keydown", hear, true); // before fields of text keep their keys to themselves
  });
  return () => part?.removeEventListener("keydown", hear, true);
}

export default { render };
