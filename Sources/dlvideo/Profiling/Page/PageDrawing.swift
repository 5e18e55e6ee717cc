extension ProfilePage {
  /// The page's own small drawing kit: elements, cards, axes, a tip under the pointer. A chart is a
  /// function of its width and is drawn anew when that changes, so texts keep their size on any
  /// screen.
  static let drawing = #"""
    const main = document.querySelector("main");
    const add = (parent, name, attributes = {}, text) => {
      const svg = name === "svg" || parent.namespaceURI.endsWith("svg");
      const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name)
        : document.createElement(name);
      for (const key in attributes) made.setAttribute(key, attributes[key]);
      if (text !== undefined) made.textContent = text;
      return parent.appendChild(made);
    };
    const card = (parent, title, text) => {
      const made = add(parent, "section");
      add(made, "h2", {}, title);
      if (text) add(made, "p", {}, text);
      return made;
    };
    const colors = ["read", "preprocess", "encoder", "decoder", "heads", "grouping", "fusion",
      "tracking", "report", "overlay", "write"];
    const color = name => `var(--${colors.includes(name) ? name : "write"})`;
    const swatch = (parent, name) => {
      const item = add(parent, "span");
      add(item, "span", { class: "swatch", style: `background:${color(name)}` });
      item.append(name);
      return item;
    };
    const percent = (part, places = 1) => (100 * part).toFixed(places) + " %";
    const number = value => +value.toPrecision(3) + "";
    const tidy = value => {
      const power = 10 ** Math.floor(Math.log10(value || 1));
      return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 4.8, 6, 8, 10].map(x => x * power).find(x => x >= value * 0.9999);
    };
    const sum = values => values.reduce((a, b) => a + b, 0);
    const quantile = (values, p) =>
      [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(p * values.length))];

    /// A chart in `parent`: `draw(svg, width)` says how high it is and fills it.
    const chart = (parent, label, draw) => {
      const holder = add(parent, "div");
      let drawn = 0;
      const redraw = () => {
        const width = Math.floor(holder.clientWidth);
        if (width < 10 || width === drawn) return;
        drawn = width;
        holder.textContent = "";
        const svg = add(holder, "svg", { role: "img", "aria-label": label });
        const height = draw(svg, width);
        svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
        svg.setAttribute("height", height);
      };
      redraw();
      new ResizeObserver(redraw).observe(holder);
    };

    /// A scale on the left from 0 to `top` and labels below; gives the box inside and a function
    /// from values to heights.
    const axes = (svg, width, height, top, unit, labels) => {
      const limit = tidy(top || 1), lines = 4;
      const left = 8 + 7 * Math.max(...[1, 2, 3, 4].map(
        i => (number(limit * i / lines) + unit).length));
      const box = { left, right: width - 4, top: 10, bottom: height - 24 };
      const y = value => box.bottom - (box.bottom - box.top) * Math.min(1, value / limit);
      for (let i = 0; i <= lines; i++) {
        const at = y(limit * i / lines);
        add(svg, "line", { x1: box.left, x2: box.right, y1: at, y2: at, class: "grid" });
        add(svg, "text", { x: box.left - 8, y: at + 4, "text-anchor": "end" },
          number(limit * i / lines) + unit);
      }
      labels.forEach((label, i) => add(svg, "text", {
        x: box.left + (box.right - box.left) * i / Math.max(1, labels.length - 1), y: height - 5,
        "text-anchor": i === 0 ? "start" : i === labels.length - 1 ? "end" : "middle" }, label));
      return { box, y };
    };

    const tip = document.getElementById("tip");
    document.addEventListener("pointermove", event => {
      const text = event.target.getAttribute && event.target.getAttribute("data-tip");
      tip.style.opacity = text ? 1 : 0;
      if (!text) return;
      tip.textContent = text;
      const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
      const below = event.clientY + 18 + tip.offsetHeight < innerHeight;
      tip.style.left = Math.max(4, x) + "px";
      tip.style.top = (below ? event.clientY + 18 : event.clientY - tip.offsetHeight - 12) + "px";
    });
    """#
}
