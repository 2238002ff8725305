// Plotly's code comes by another widget, which may be rendered after this one.
const library = async () => {
  while (!globalThis.Plotly) await new Promise((done) => setTimeout(done, 50));
  return globalThis.Plotly;
};

async function render({ model, el }) {
  el.classList.add("wb-charts");
  const Plotly = await library();
  const boxes = [];
  const drawn = new WeakMap(); // the figure that a box shows

  const draw = (box) => {
    const figure = model.get("figures")[boxes.indexOf(box)];
    // A box without room is drawn as soon as it has some: plotly would make a picture of no width.
    if (!figure || !box.clientWidth) return;
    if (drawn.get(box) === figure) return Plotly.Plots.resize(box);
    drawn.set(box, figure);
    return Plotly.react(box, structuredClone(figure.data), { ...structuredClone(figure.layout), autosize: true }, model.get("config"));
  };
  const room = new ResizeObserver((changes) => changes.forEach((change) => draw(change.target)));

  const show = () => {
    const figures = model.get("figures");
    while (boxes.length > figures.length) {
      const box = boxes.pop();
      room.unobserve(box);
      Plotly.purge(box);
      box.remove();
    }
    figures.slice(boxes.length).forEach(() => {
      const box = document.createElement("div");
      boxes.push(box);
      el.append(box);
      room.observe(box);
    });
    figures.forEach((figure, place) => {
      boxes[place].style.height = `${figure.layout.height}px`;
      draw(boxes[place]);
    });
  };

  model.on("change:figures", show);
  show();
  return () => {
    model.off("change:figures", show);
    room.disconnect();
    boxes.forEach((box) => Plotly.purge(box));
  };
}

export default { render };
