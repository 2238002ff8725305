// What JupyterLab says of its server: the folder that it serves, and where. Notebook 7 does not say which folder.
const served = () => JSON.parse(document.getElementById("jupyter-config-data")?.textContent || "{}");

const addressOf = (paths) => {
  const { serverRoot, baseUrl } = served();
  if (!serverRoot || !baseUrl) return "";
  const root = serverRoot.endsWith("/") ? serverRoot : `${serverRoot}/`;
  const path = paths.find((path) => path.startsWith(root));
  return path ? `${baseUrl}files/${path.slice(root.length).split("/").map(encodeURIComponent).join("/")}` : "";
};

function render({ model, el }) {
  const show = () => {
    el.replaceChildren();
    const paths = model.get("paths");
    const address = paths.length ? addressOf(paths) : "";
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
