extension ProfilePage {
  static let style = """
    :root { color-scheme: light dark; --ink: #1d2430; --soft: #667085; --line: #d9dee7;
      --page: #f6f7f9; --card: #ffffff; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3;
      --line: #323a48; --page: #14181f; --card: #1c222c; } }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.5 system-ui, sans-serif; }
    main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 64px; }
    h1 { font-size: 26px; margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 17px; margin: 0 0 2px; }
    p { margin: 0 0 12px; color: var(--soft); }
    section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
      padding: 18px 20px; margin-top: 18px; overflow-x: auto; }
    .tiles { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 18px; }
    .tile { flex: 1 1 150px; background: var(--card); border: 1px solid var(--line);
      border-radius: 10px; padding: 12px 16px; }
    .tile b { display: block; font-size: 24px; } .tile span { color: var(--soft); }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { text-align: right; padding: 4px 8px; border-bottom: 1px solid var(--line); }
    th:first-child, td:first-child { text-align: left; white-space: nowrap; }
    th { color: var(--soft); font-weight: 500; }
    .key { display: flex; flex-wrap: wrap; gap: 4px 16px; margin-bottom: 8px; }
    .swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px;
      margin-right: 6px; }
    svg { display: block; width: 100%; height: auto; }
    svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
    .grid { stroke: var(--line); } .curve { fill: none; stroke: #0072b2; stroke-width: 2; }
    """

  /// Draws the page from `profile`. Colours are Okabe and Ito's, which colour-blind people tell
  /// apart, and lighter ones of the same hues.
  static let script = #"""
    const colors = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a900",
      "#5d6b82", "#7fb8d8", "#f2c66d", "#66c5ab", "#e0afca"];
    const main = document.querySelector("main");
    const add = (parent, name, attributes = {}, text) => {
      const svg = name === "svg" || parent.namespaceURI.endsWith("svg");
      const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name)
        : document.createElement(name);
      for (const key in attributes) made.setAttribute(key, attributes[key]);
      if (text !== undefined) made.textContent = text;
      return parent.appendChild(made);
    };
    const section = (title, text) => {
      const made = add(main, "section");
      add(made, "h2", {}, title);
      add(made, "p", {}, text);
      return made;
    };
    const percent = part => (100 * part).toFixed(1) + " %";
    const tidy = value => {
      const power = 10 ** Math.floor(Math.log10(value || 1));
      return [1, 2, 2.5, 5, 10].map(x => x * power).find(x => x >= value);
    };
    // A chart with a scale on the left and a row of labels below.
    const chart = (parent, height, top, unit, labels) => {
      const box = { left: 52, right: 1030, top: 10, bottom: height - 24 };
      const svg = add(parent, "svg", { viewBox: `0 0 1040 ${height}`, role: "img" });
      const limit = tidy(top);
      for (let i = 0; i <= 4; i++) {
        const y = box.bottom - (box.bottom - box.top) * i / 4;
        add(svg, "line", { x1: box.left, x2: box.right, y1: y, y2: y, class: "grid" });
        add(svg, "text", { x: box.left - 6, y: y + 4, "text-anchor": "end" },
          +(limit * i / 4).toPrecision(3) + unit);
      }
      labels.forEach((label, i) => add(svg, "text", {
        x: box.left + (box.right - box.left) * i / Math.max(1, labels.length - 1),
        y: height - 6,
        "text-anchor": i === 0 ? "start" : i === labels.length - 1 ? "end" : "middle" }, label));
      const y = value => box.bottom - (box.bottom - box.top) * Math.min(1, value / limit);
      return { svg, box, y };
    };
    const quantile = (values, p) =>
      [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(p * values.length))];

    add(main, "h1", {}, profile.title);
    add(main, "p", {}, profile.details.join(" · "));
    const tiles = add(main, "div", { class: "tiles" });
    for (const [value, name] of profile.tiles) {
      const tile = add(tiles, "div", { class: "tile" });
      add(tile, "b", {}, value);
      add(tile, "span", {}, name);
    }

    {
      const part = section("Stages", "Milliseconds that a frame takes in each stage; the stage's " +
        "share of all work; and the parts of the run that its thread worked or waited.");
      const table = add(part, "table");
      const head = add(table, "tr");
      for (const name of ["stage", "p50", "p90", "p99", "max", "share", "busy", "no input",
        "no room"]) add(head, "th", {}, name);
      profile.stages.forEach((stage, i) => {
        const row = add(table, "tr");
        const name = add(row, "td");
        add(name, "span", { class: "swatch", style: `background:${colors[i % colors.length]}` });
        name.append(stage.name);
        for (const key of ["p50", "p90", "p99", "max"]) add(row, "td", {}, stage[key].toFixed(2));
        for (const key of ["share", "busy", "noInput", "noRoom"])
          add(row, "td", {}, percent(stage[key]));
      });
    }

    if (profile.frames.length > 1) {
      const part = section("Work per frame", "All stages' times stacked. Stages run beside each " +
        "other, so this is work, not waiting; the tallest frames are cut at the 99.5 % mark.");
      const key = add(part, "div", { class: "key" });
      profile.stages.forEach((stage, i) => {
        const item = add(key, "span");
        add(item, "span", { class: "swatch", style: `background:${colors[i % colors.length]}` });
        item.append(stage.name);
      });
      // At most 400 columns, each the mean of its frames.
      const step = Math.ceil(profile.frames.length / 400);
      const columns = [];
      for (let i = 0; i < profile.frames.length; i += step) {
        const frames = profile.frames.slice(i, i + step);
        columns.push(profile.stages.map((_, s) =>
          frames.reduce((sum, frame) => sum + frame[s], 0) / frames.length));
      }
      const sums = columns.map(column => column.reduce((a, b) => a + b, 0));
      const numbers = profile.frameNumbers;
      const { svg, box, y } = chart(part, 300, quantile(sums, 0.995), " ms",
        ["frame " + numbers[0], "" + numbers[numbers.length - 1]]);
      const width = (box.right - box.left) / columns.length;
      profile.stages.forEach((stage, s) => {
        let up = "", down = "";
        columns.forEach((column, i) => {
          const below = column.slice(0, s).reduce((a, b) => a + b, 0);
          const left = (box.left + width * i).toFixed(1);
          const right = (box.left + width * (i + 1)).toFixed(1);
          up += `L${left} ${y(below + column[s]).toFixed(1)}H${right}`;
          down = `L${right} ${y(below).toFixed(1)}H${left}` + down;
        });
        add(add(svg, "path", { d: "M" + up.slice(1) + down + "Z",
          fill: colors[s % colors.length] }), "title", {}, stage.name);
      });
    }

    if (profile.latencies.length > 1) {
      const most = quantile(profile.latencies, 0.995) || 1;
      const bins = new Array(60).fill(0);
      for (const value of profile.latencies) bins[Math.min(59, Math.floor(60 * value / most))]++;
      const part = section("Latency", "From a picture's arrival to its being written: how many " +
        "frames took how long.");
      const { svg, box, y } = chart(part, 220, Math.max(...bins), "",
        [0, 1, 2, 3, 4].map(i => (most * i / 4).toFixed(0) + " ms"));
      const width = (box.right - box.left) / bins.length;
      bins.forEach((count, i) => add(add(svg, "rect", { x: box.left + width * i + 1, y: y(count),
        width: width - 2, height: box.bottom - y(count), fill: colors[0] }), "title", {},
        `${count} frames`));
    }

    if (profile.rates.length > 1) {
      const part = section("Frames a second over time", "Each point is one stretch of the run.");
      const last = profile.rates[profile.rates.length - 1].seconds;
      const { svg, box, y } = chart(part, 200, Math.max(...profile.rates.map(r => r.fps)), "",
        ["0 s", last.toFixed(0) + " s"]);
      const points = profile.rates.map(rate =>
        `${(box.left + (box.right - box.left) * rate.seconds / last).toFixed(1)},${
          y(rate.fps).toFixed(1)}`);
      add(svg, "polyline", { points: points.join(" "), class: "curve" });
    }

    {
      const part = section("Queues", "How often a stage found 0, 1, 2, ... frames waiting when it " +
        "came for one. Always full before a stage means that it is the slow one; always empty, " +
        "that it waits.");
      const queues = profile.stages.map((stage, i) => [stage, i]).filter(x => x[0].queue.length);
      const svg = add(part, "svg", { viewBox: `0 0 1040 ${queues.length * 24 + 6}`, role: "img" });
      queues.forEach(([stage, s], row) => {
        add(svg, "text", { x: 92, y: row * 24 + 17, "text-anchor": "end" }, stage.name);
        const total = stage.queue.reduce((a, b) => a + b, 0) || 1;
        let left = 100;
        stage.queue.forEach((count, n) => {
          const width = 930 * count / total;
          const shade = stage.queue.length > 1 ? 0.18 + 0.82 * n / (stage.queue.length - 1) : 1;
          add(add(svg, "rect", { x: left, y: row * 24 + 3, width, height: 19,
            fill: colors[0], "fill-opacity": shade }), "title", {},
            `${n} waiting: ${percent(count / total)}`);
          if (width > 60) add(svg, "text", { x: left + 6, y: row * 24 + 17,
            style: shade > 0.6 ? "fill:#fff" : "" }, `${n}: ${percent(count / total)}`);
          left += width;
        });
      });
    }
    """#
}
