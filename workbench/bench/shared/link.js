// What the page says of its server: where it is, and in JupyterLab the folder that it serves.
const served = () => JSON.parse(document.getElementById("jupyter-config-data")?.textContent || "{}");

// Notebook 7 does not say which folder is served: the kernel knows the notebook's path, the address its end below that folder.
const rootOf = (notebook, baseUrl) => {
  const page = `${baseUrl}notebooks/`;
  const below = location.pathname.startsWith(page) ? `/${decodeURIComponent(location.pathname.slice(page.length))}` : "";
  return below && notebook.endsWith(below) ? notebook.slice(0, -below.length) : "";
};

const addressOf = (paths, notebook) => {
  const { baseUrl, serverRoot = rootOf(notebook, baseUrl) } = served();
  if (!serverRoot || !baseUrl) return "";
  const root = serverRoot.endsWith("/") ? serverRoot : `${serverRoot}/`;
  const path = paths.find((path) => path.startsWith(root));
  return path ? `${baseUrl}files/${path.slice(root.length).split("/").map(encodeURIComponent).join("/")}` : "";
};

function render({ model, el }) {
  const show = () => {
    el.replaceChildren();
    const paths = model.get("paths");
    const address = paths.length ? addressOf(paths, model.get("notebook")) : "";
    if (!address) return;
    const link = document.createElement("a");
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = model.get("label");
    el.append(link);
  };
  model.on("change:paths", show);
  model.on("msg:custom", () => el.querySelector("a")?.focus());
  show();
}

export default { render };
