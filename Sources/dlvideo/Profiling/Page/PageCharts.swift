extension ProfilePage {
  /// Draws head, stages and threads from `profile`.
  static let charts = #"""
    add(main, "h1", {}, profile.title);
    const details = add(main, "div", { class: "details" });
    for (const detail of profile.details) add(details, "span", {}, detail);
    const tiles = add(main, "div", { class: "tiles" });
    for (const [value, name] of profile.tiles) {
      const tile = add(tiles, "div", { class: "tile" });
      add(tile, "b", {}, value);
      add(tile, "span", {}, name);
    }

    if (profile.frames.length > 1) {
      const part = card(main, "Work per frame", "The time of every stage, stacked. Stages run " +
        "beside each other, so this is work and not waiting. The tallest 2 % are cut.");
      const key = add(part, "div", { class: "key" });
      profile.stages.forEach(stage => swatch(key, stage.name));
      chart(part, "time of each stage, frame by frame", (svg, width) => {
        // At most a column every three pixels, each the mean of its frames.
        const step = Math.ceil(profile.frames.length / (width / 3));
        const columns = [];
        for (let i = 0; i < profile.frames.length; i += step) {
          const frames = profile.frames.slice(i, i + step);
          columns.push(profile.stages.map((_, s) => sum(frames.map(f => f[s])) / frames.length));
        }
        const numbers = profile.frameNumbers, height = 300;
        const { box, y } = axes(svg, width, height, quantile(columns.map(sum), 0.98), " ms",
          ["frame " + numbers[0], "" + numbers[numbers.length - 1]]);
        const wide = (box.right - box.left) / columns.length;
        profile.stages.forEach((stage, s) => {
          let up = "", down = "";
          columns.forEach((column, i) => {
            const below = sum(column.slice(0, s));
            const left = (box.left + wide * i).toFixed(1);
            const right = (box.left + wide * (i + 1)).toFixed(1);
            up += `L${left} ${y(below + column[s]).toFixed(1)}H${right}`;
            down = `L${right} ${y(below).toFixed(1)}H${left}` + down;
          });
          add(svg, "path", { d: "M" + up.slice(1) + down + "Z", fill: color(stage.name),
            "data-tip": `${stage.name}\nmedian ${stage.p50.toFixed(2)} ms, 99 % ${
              stage.p99.toFixed(2)} ms\n${percent(stage.share)} of all work` });
        });
        return height;
      });
    }

    const pair = add(main, "div", { class: "pair" });
    if (profile.latencies.length > 1) {
      const most = tidy(quantile(profile.latencies, 0.995)), count = 48;
      const bins = new Array(count).fill(0);
      for (const value of profile.latencies)
        bins[Math.min(count - 1, Math.floor(count * value / most))]++;
      const part = card(pair, "Latency", "From a picture's arrival to its being written.");
      chart(part, "histogram of latencies", (svg, width) => {
        const height = 220;
        const { box, y } = axes(svg, width, height, Math.max(...bins), "",
          [0, 1, 2, 3, 4].map(i => number(most * i / 4) + (i === 4 ? " ms" : "")));
        const wide = (box.right - box.left) / count;
        bins.forEach((frames, i) => add(svg, "rect", { x: box.left + wide * i + 0.5, y: y(frames),
          width: wide - 1, height: box.bottom - y(frames), rx: Math.min(2, wide / 4),
          fill: color("encoder"), "data-tip": `${frames} frames\n${(most * i / count).toFixed(1)} to ${
            (most * (i + 1) / count).toFixed(1)} ms` }));
        [["50 %", 0.5], ["90 %", 0.9], ["99 %", 0.99]].forEach(([name, p], i) => {
          const value = quantile(profile.latencies, p);
          const x = box.left + (box.right - box.left) * Math.min(1, value / most);
          add(svg, "line", { x1: x, x2: x, y1: box.top + 14 + 14 * i, y2: box.bottom,
            class: "roof", "stroke-dasharray": "2 3" });
          const end = x > box.right - 96;
          add(svg, "text", { x: end ? x - 4 : x + 4, y: box.top + 22 + 14 * i, class: "strong",
            "text-anchor": end ? "end" : "start" }, `${name} ${value.toFixed(0)} ms`);
        });
        return height;
      });
    }
    if (profile.rates.length > 1) {
      const part = card(pair, "Frames a second over time", "Each point is one stretch of the run.");
      chart(part, "frames a second over time", (svg, width) => {
        const height = 220, last = profile.rates[profile.rates.length - 1].seconds;
        const { box, y } = axes(svg, width, height, Math.max(...profile.rates.map(r => r.fps)), "",
          ["0 s", last.toFixed(last < 10 ? 1 : 0) + " s"]);
        const x = seconds => box.left + (box.right - box.left) * seconds / last;
        const line = profile.rates.map(r => `${x(r.seconds).toFixed(1)} ${y(r.fps).toFixed(1)}`);
        const first = x(profile.rates[0].seconds);
        add(svg, "path", { d: `M${first} ${box.bottom}L${line.join("L")}V${box.bottom}Z`,
          fill: color("heads"), "fill-opacity": 0.16 });
        add(svg, "path", { d: "M" + line.join("L"), fill: "none", stroke: color("heads"),
          "stroke-width": 2.5, "stroke-linejoin": "round" });
        if (profile.rates.length < 80) profile.rates.forEach(r => add(svg, "circle", {
          cx: x(r.seconds), cy: y(r.fps), r: 4, fill: color("heads"),
          "data-tip": `${r.fps.toFixed(1)} frames a second\nat ${r.seconds.toFixed(1)} s` }));
        return height;
      });
    }

    {
      const part = card(main, "Stages and their threads", "How each stage's thread spent the " +
        "run: at work, waiting for a frame to come, waiting for room in the queue behind it. The " +
        "stage that works all the time is the one that sets the pace.");
      const key = add(part, "div", { class: "key" });
      for (const [name, style] of [["at work", "background:var(--soft)"],
        ["no input", "background:var(--shade)"],
        ["no room", "background:repeating-linear-gradient(135deg,var(--faint) 0 2px,transparent " +
          "2px 5px)"]]) {
        const item = add(key, "span");
        add(item, "span", { class: "swatch", style });
        item.append(name);
      }
      chart(part, "how stages' threads spent the run", (svg, width) => {
        const left = 92, right = width - 4, high = 26;
        const pattern = add(add(svg, "defs"), "pattern", { id: "room", width: 5, height: 5,
          patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
        add(pattern, "rect", { width: 2, height: 5, fill: "var(--faint)", "fill-opacity": 0.7 });
        profile.stages.forEach((stage, row) => {
          const y = row * high;
          add(svg, "text", { x: left - 10, y: y + 16, "text-anchor": "end", class: "strong" },
            stage.name);
          add(svg, "rect", { x: left, y: y + 3, width: right - left, height: high - 7, rx: 4,
            fill: "var(--shade)", "data-tip": `${stage.name}: no input ${percent(stage.noInput)}` });
          const work = (right - left) * stage.busy;
          const room = (right - left) * Math.min(stage.noRoom, 1 - stage.busy);
          add(svg, "rect", { x: left, y: y + 3, width: work, height: high - 7, rx: 4,
            fill: color(stage.name), "data-tip": `${stage.name}: at work ${percent(stage.busy)}\n` +
              `its own thread on a core ${percent(stage.onCore)}` });
          add(svg, "rect", { x: right - room, y: y + 3, width: room, height: high - 7, rx: 4,
            fill: "url(#room)", "data-tip": `${stage.name}: no room ${percent(stage.noRoom)}` });
          if (work > 48) add(svg, "text", { x: left + 8, y: y + 16, style: "fill:#fff" },
            percent(stage.busy, 0));
        });
        return profile.stages.length * high;
      });
      const table = add(add(part, "div", { class: "scroll", style: "margin-top:14px" }), "table");
      const head = add(table, "tr");
      for (const name of ["stage", "p50 ms", "p90", "p99", "max", "share", "busy", "on core",
        "no input", "no room"]) add(head, "th", {}, name);
      profile.stages.forEach(stage => {
        const row = add(table, "tr");
        swatch(add(row, "td"), stage.name);
        for (const key of ["p50", "p90", "p99", "max"]) add(row, "td", {}, stage[key].toFixed(2));
        for (const key of ["share", "busy", "onCore", "noInput", "noRoom"])
          add(row, "td", {}, percent(stage[key]));
      });
    }

    const second = add(main, "div", { class: "pair" });
    {
      const part = card(second, "Queues", "How often a stage found so many frames waiting when " +
        "it came for one. Full before a stage: it is the slow one. Empty: it waits.");
      const queues = profile.stages.filter(stage => stage.queue.length);
      chart(part, "how full the queues were", (svg, width) => {
        const left = 92, high = 26, whole = width - 4 - left;
        queues.forEach((stage, row) => {
          add(svg, "text", { x: left - 10, y: row * high + 16, "text-anchor": "end",
            class: "strong" }, stage.name);
          const total = sum(stage.queue) || 1;
          let x = left;
          stage.queue.forEach((count, n) => {
            const wide = whole * count / total;
            if (wide <= 0) return;
            const shade = stage.queue.length > 1 ? 0.14 + 0.86 * n / (stage.queue.length - 1) : 1;
            add(svg, "rect", { x, y: row * high + 3, width: Math.max(0, wide - 1),
              height: high - 7, rx: 3, fill: color("encoder"), "fill-opacity": shade,
              "data-tip": `${stage.name}: ${n} waiting\n${percent(count / total)} of times` });
            if (wide > 22) add(svg, "text", { x: x + 7, y: row * high + 16,
              style: shade > 0.5 ? "fill:#fff;pointer-events:none" : "pointer-events:none" },
              wide > 84 ? `${n}: ${percent(count / total, 0)}` : n);
            x += wide;
          });
        });
        return queues.length * high;
      });
    }
    {
      const used = profile.cores.filter(group => group.busy >= 0.005);
      const part = card(second, "Cores", `Whose the ${profile.coreCount} cores were, by CPU ` +
        "clocks. Workers are the pool that layers are split over.");
      chart(part, "who had the cores", (svg, width) => {
        const left = 140, high = 26, top = Math.max(...used.map(group => group.busy), 0.01);
        used.forEach((group, row) => {
          add(svg, "text", { x: left - 10, y: row * high + 16, "text-anchor": "end",
            class: "strong" }, group.name);
          const wide = (width - left - 52) * group.busy / top;
          add(svg, "rect", { x: left, y: row * high + 3, width: Math.max(2, wide),
            height: high - 7, rx: 3,
            fill: group.name === "other programs" ? "var(--faint)" : color(group.name) });
          add(svg, "text", { x: left + Math.max(2, wide) + 7, y: row * high + 16 },
            group.busy.toFixed(2));
        });
        return used.length * high;
      });
    }
    """#
}
