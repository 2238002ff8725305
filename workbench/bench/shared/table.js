// Every text is set as text, so nothing in the data can become markup.
const make = (tag, attributes = {}, text = "") => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
};

const button = (text, act, attributes = {}) => {
  const element = make("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", act);
  return element;
};

// Letters of a text that stands on several lines: more than the longest of Blnk's ids.
const LONG = 44;

const FEW = 6; // rows of a table in which nobody has to search

// Whoever types is asked once he pauses.
const pausing = (act) => {
  let waiting;
  return (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => act(event.target.value), 200);
  };
};

function render({ model, el }) {
  const set = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const label = () => model.get("label");
  // A page that was reloaded while the kernel works may show a table before its first rows came.
  const page = () => ({ columns: [], rows: [], last: 0, all: 0, size: 0, status: "", ...model.get("page") });
  const selectable = model.get("selectable");

  const root = make("div", { class: selectable ? "wb-table wb-table-selectable" : "wb-table" });
  const bar = make("div", { class: "wb-table-bar" });
  const search = make("input", { type: "search", placeholder: "Search" });
  search.addEventListener("input", pausing((text) => set("search", text)));
  const toggle = button("Column filters", () => {
    const shown = toggle.getAttribute("aria-expanded") !== "true";
    toggle.setAttribute("aria-expanded", shown);
    root.classList.toggle("wb-table-filtering", shown);
  }, { "aria-expanded": "false" });
  const before = button("Previous", () => set("first", Math.max(0, model.get("first") - page().size)));
  const after = button("Next", () => set("first", page().last));
  const status = make("span", { role: "status" });
  const problem = make("span", { role: "alert", class: "wb-problem" });
  bar.append(search, toggle, before, after, status, problem);

  const scroll = make("div", { class: "wb-table-scroll", tabindex: "0", role: "region" });
  const table = make("table");
  const caption = make("caption");
  const head = make("thead");
  const body = make("tbody");
  table.append(caption, head, body);
  scroll.append(table);
  root.append(bar, scroll);
  el.append(root);

  let columns = "";
  let sorters = [];
  const showHead = () => {
    const names = page().columns;
    if (JSON.stringify(names) !== columns) {
      columns = JSON.stringify(names);
      const titles = make("tr");
      const filters = make("tr", { class: "wb-table-filters" });
      if (selectable) {
        const choose = make("th", { scope: "col" });
        choose.append(button("All", () => model.send({ pick: "all" }), {
          title: "Select all rows that the table shows on any of its pages, or none (a)",
          "aria-label": `Select all rows of ${label()}`,
        }));
        titles.append(choose);
        filters.append(make("td"));
      }
      sorters = names.map((column) => {
        const title = make("th", { scope: "col", class: column.number ? "wb-number" : "" });
        title.append(button(column.title, () => {
          const [name, falls] = model.get("order");
          set("order", [column.name, name === column.name ? !falls : false]);
        }));
        titles.append(title);
        const cell = make("td");
        const input = make("input", { type: "text", "aria-label": `Filter ${column.title}` });
        input.placeholder = column.example;
        input.addEventListener("input", pausing((text) =>
          set("filters", { ...model.get("filters"), [column.name]: text })));
        cell.append(input);
        filters.append(cell);
        return title;
      });
      head.replaceChildren(titles, filters);
    }
    const [name, falls] = model.get("order");
    page().columns.forEach((column, at) => {
      if (column.name === name) sorters[at].setAttribute("aria-sort", falls ? "descending" : "ascending");
      else sorters[at].removeAttribute("aria-sort");
    });
  };

  // The rows that a line is of: one, or all of its group.
  const members = new WeakMap();
  const rowsOf = (line) => members.get(line) ?? [Number(line.dataset.row)];

  const marks = () => {
    const marked = new Set(model.get("marked"));
    const isPicked = (row) => marked.has(row);
    for (const line of body.rows) {
      const rows = rowsOf(line);
      const chosen = rows.every(isPicked);
      line.classList.toggle("wb-chosen", chosen);
      if (!selectable) continue;
      line.querySelector("input").checked = chosen;
      line.querySelector("input").indeterminate = !chosen && rows.some(isPicked);
    }
  };

  // Of the rows, Tab reaches one; the arrows reach the others.
  const boxes = () => [...body.querySelectorAll("input")];
  const reach = (box, focus = true) => {
    for (const other of boxes()) other.tabIndex = other === box ? 0 : -1;
    if (focus) (box ?? scroll).focus(); // where no row is left, keys are still heard here
    box?.closest("tr").scrollIntoView({ block: "nearest" });
  };
  const chosenBox = () => body.querySelector(".wb-chosen input");
  const rowOf = (box) => Number(box.closest("tr").dataset.row);

  let anchor = null; // the row at which a range begins
  const choose = (row, event, pick) => {
    if (event.shiftKey && anchor !== null) return model.send({ from: anchor, to: row });
    anchor = row;
    model.send(pick);
  };

  let kept = null; // the row that keeps the focus while its group opens or closes
  const openOrClose = (row) => {
    kept = row;
    model.send({ open: row });
  };

  let wanted = null; // the place of the row that is to have the focus once the next page is there
  const turn = (first, place) => {
    wanted = place;
    set("first", first);
  };
  const keys = {
    ArrowDown: (all, at) => (all[at + 1] ? reach(all[at + 1]) : page().more && turn(page().last, 0)),
    ArrowUp: (all, at) => (at > 0 ? reach(all[at - 1]) : model.get("first") && turn(Math.max(0, model.get("first") - page().size), -1)),
    Home: (all) => reach(all[0]),
    End: (all) => reach(all.at(-1)),
    PageDown: () => page().more && turn(page().last, 0),
    PageUp: () => model.get("first") && turn(Math.max(0, model.get("first") - page().size), 0),
  };
  body.addEventListener("keydown", (event) => {
    if (!event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    const before = rowOf(event.target);
    if (event.key === "Enter") choose(before, event, { pick: rowsOf(event.target.closest("tr")) });
    else if (event.key === "o") openOrClose(before);
    else if (keys[event.key]) {
      if (anchor === null) anchor = before;
      keys[event.key](boxes(), boxes().indexOf(event.target));
      const now = document.activeElement;
      if (event.shiftKey && body.contains(now) && rowOf(now) !== before) model.send({ from: anchor, to: rowOf(now) });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !selectable) return;
    if (event.target === search) {
      if (event.key !== "ArrowDown") return;
      reach(chosenBox() ?? boxes()[0]);
    } else if (event.target.matches("[type=text]")) return;
    else if (event.key === "a") model.send({ pick: "all" });
    else if (event.key === "/") search.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const makeSelectable = (line, row, name, open) => {
    const cell = make("td");
    const box = make("input", { type: "checkbox", "aria-label": `Select ${name || `row ${row + 1}`}` });
    box.addEventListener("click", (event) => {
      choose(row, event, { pick: rowsOf(line), chosen: box.checked });
    });
    box.addEventListener("focus", () => reach(box, false));
    cell.append(box);
    if (members.has(line)) {
      cell.append(button(open ? "▾" : "▸", () => openOrClose(row), {
        "aria-expanded": open, "aria-label": `The ${rowsOf(line).length} records of the group`, tabindex: "-1",
        title: `${rowsOf(line).length} records: show them, or not (o)`,
      }));
    }
    line.append(cell);
    line.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault()); // it would mark text
    line.addEventListener("click", (event) => {
      if (event.target === box || event.target.closest("button") || (window.getSelection().toString() && !event.shiftKey)) return;
      choose(row, event, { pick: rowsOf(line) });
      reach(box);
    });
  };

  const cell = (text, number) => {
    if (text.length <= LONG) return make("td", { dir: "auto", ...(number ? { class: "wb-number" } : {}) }, text);
    const found = make("td", { class: "wb-long", dir: "auto", title: text });
    found.append(make("div", {}, text));
    return found;
  };

  const showBody = () => {
    const names = page().columns;
    const focused = body.contains(document.activeElement) && document.activeElement.closest("tr")?.dataset.row;
    body.replaceChildren(...page().rows.map(({ row, cells, members: own, open, inside }) => {
      const line = make("tr", { "data-row": row, ...(inside ? { class: "wb-inside" } : {}) });
      if (own) members.set(line, own);
      if (selectable) makeSelectable(line, row, cells[page().names], open);
      line.append(...cells.map((text, at) => cell(text, names[at].number)));
      return line;
    }));
    marks();
    if (!selectable) return;
    const place = wanted;
    wanted = null;
    const stay = kept;
    kept = null;
    if (place !== null) reach(boxes().at(place));
    else if (stay !== null) reach(body.querySelector(`tr[data-row="${stay}"] input`) ?? boxes()[0]);
    else if (focused) reach(chosenBox() ?? body.querySelector(`tr[data-row="${focused}"] input`) ?? boxes()[0]);
    else reach(chosenBox() ?? boxes()[0], false);
  };

  const show = () => {
    caption.textContent = label();
    search.setAttribute("aria-label", `Search ${label()}`);
    scroll.setAttribute("aria-label", label());
    status.textContent = page().status;
    search.hidden = toggle.hidden = status.hidden = !selectable && page().all < FEW;
    before.hidden = after.hidden = page().all <= page().size;
    before.disabled = model.get("first") === 0;
    after.disabled = !page().more;
    showHead();
    showBody();
  };
  const forget = () => {
    if (document.activeElement !== search) search.value = model.get("search");
    for (const input of head.querySelectorAll("input")) {
      if (document.activeElement !== input && !Object.keys(model.get("filters")).length) input.value = "";
    }
  };
  model.on("msg:custom", () => reach(chosenBox() ?? boxes()[0]));
  model.on("change:page", show);
  model.on("change:label", show);
  model.on("change:marked", marks);
  model.on("change:search", forget);
  model.on("change:filters", forget);
  model.on("change:problem", () => { problem.textContent = model.get("problem"); });
  show();
  forget();
}

export default { render };
