extension ProfilePage {
  /// Draws the roofline and the layers from `profile`.
  static let layerCharts = #"""
    if (profile.layers.length && profile.peaks.length) {
      const own = profile.peaks[0], bandwidth = profile.bandwidth;
      const roof = intensity => Math.min(own.gflops, intensity * bandwidth);
      const short = layer => layer.name.replace(/^(encoder|decoder|heads|aspp)\./,
        (whole, part) => part === "aspp" ? whole : "");
      const describe = layer => `${layer.name}\n${layer.core.toFixed(3)} ms of a core, ${
        percent(layer.share)} of the network\n${layer.gflops.toFixed(0)} GFLOP/s, ${
        layer.gbytes.toFixed(1)} GB/s, ${number(layer.intensity)} FLOP/byte\n${
        percent(layer.ofRoof, 0)} of its roof`;
      const legend = parent => {
        const key = add(parent, "div", { class: "key" });
        for (const name of ["encoder", "decoder", "heads"]) swatch(key, name);
        return key;
      };

      const part = card(main, "Roofline", `Each disk is a layer, its area the time a core spends ` +
        `on it. Lines are what one core of this machine can do while ${profile.threads} are busy, ` +
        "measured beside the run: multiply-adds in registers, and bytes read from memory. Disks " +
        "far below the line are worth a look; maps that stay in the caches may lie above the " +
        "slope. Layers of less than 0.4 % are left out.");
      legend(part);
      chart(part, "roofline of the network's layers", (svg, width) => {
        const height = Math.max(320, Math.min(460, width * 0.5));
        const box = { left: 46, right: width - 12, top: 12, bottom: height - 40 };
        const shown = profile.layers.filter(l => l.share > 0.004);
        const xs = shown.map(l => l.intensity), ys = shown.map(l => l.gflops);
        const most = Math.max(...profile.peaks.map(p => p.gflops));
        const range = [Math.min(Math.min(...xs) / 1.6, own.gflops / bandwidth / 4),
          Math.max(...xs, own.gflops / bandwidth * 2) * 1.5];
        const span = [Math.min(Math.min(...ys) / 2, own.gflops / 5), most * 1.4];
        const x = v => box.left + (box.right - box.left) * Math.log(v / range[0]) /
          Math.log(range[1] / range[0]);
        const y = v => box.bottom - (box.bottom - box.top) * Math.log(v / span[0]) /
          Math.log(span[1] / span[0]);
        const ticks = ([low, high]) => {
          const found = [];
          for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
            for (const digit of [1, 2, 5]) {
              const value = digit * 10 ** power;
              if (value >= low && value <= high) found.push(value);
            }
          return found.length < 10 ? found
            : found.filter(value => (value + "").replace(/[0.]/g, "") === "1");
        };
        for (const value of ticks(range)) {
          add(svg, "line", { x1: x(value), x2: x(value), y1: box.top, y2: box.bottom,
            class: "grid" });
          add(svg, "text", { x: x(value), y: box.bottom + 16, "text-anchor": "middle" },
            number(value));
        }
        for (const value of ticks(span)) {
          add(svg, "line", { x1: box.left, x2: box.right, y1: y(value), y2: y(value),
            class: "grid" });
          add(svg, "text", { x: box.left - 7, y: y(value) + 4, "text-anchor": "end" },
            number(value));
        }
        add(svg, "text", { x: (box.left + box.right) / 2, y: height - 4,
          "text-anchor": "middle" }, "operations a byte");
        add(svg, "text", { x: box.left + 6, y: box.top + 6 }, "GFLOP/s of a core");

        const foot = Math.max(range[0], span[0] / bandwidth);
        for (const peak of [...profile.peaks].reverse()) {
          const knee = Math.max(peak.gflops / bandwidth, range[0]), isOwn = peak === own;
          add(svg, "path", { class: "roof", "stroke-width": isOwn ? 2.5 : 1,
            "stroke-opacity": isOwn ? 1 : 0.4, "stroke-dasharray": isOwn ? "" : "4 4",
            d: isOwn ? `M${x(foot)} ${y(foot * bandwidth)}L${x(knee)} ${y(peak.gflops)}H${box.right}`
              : `M${x(knee)} ${y(peak.gflops)}H${box.right}` });
          add(svg, "text", { x: x(Math.max(knee, own.gflops / bandwidth)) + 10, y: y(peak.gflops) - 6, class: isOwn ? "strong" : "" },
            `${peak.name} ${peak.gflops.toFixed(0)} GFLOP/s`);
        }
        const angle = Math.atan2(y(foot * bandwidth) - y(own.gflops),
          x(own.gflops / bandwidth) - x(foot)) * 180 / Math.PI;
        const middle = Math.sqrt(foot * own.gflops / bandwidth);
        add(svg, "text", { "text-anchor": "middle", class: "strong",
          transform: `translate(${x(middle)} ${y(middle * bandwidth) - 7}) rotate(${-angle})` },
          `memory ${bandwidth.toFixed(1)} GB/s`);

        const scale = width < 600 ? 36 : 62;
        const radius = layer => Math.max(3.5, scale * Math.sqrt(layer.share));
        const sorted = shown.sort((a, b) => b.share - a.share);
        for (const layer of sorted) add(svg, "circle", { cx: x(layer.intensity),
          cy: y(layer.gflops), r: radius(layer), fill: color(layer.stage), "fill-opacity": 0.55,
          stroke: color(layer.stage), "stroke-width": 1.5, "data-tip": describe(layer) });
        // Names of the largest and of those farthest below the roof, where there is room.
        const named = [...new Set([...sorted.slice(0, 4),
          ...sorted.filter(l => l.share > 0.015).sort((a, b) => a.ofRoof - b.ofRoof).slice(0, 4)])];
        const taken = [];
        for (const layer of named) {
          const text = short(layer), r = radius(layer);
          const wide = 6.6 * text.length;
          for (const [dx, dy, anchor] of [[0, 4, "middle"], [r + 5, 4, "start"],
            [-r - 5, 4, "end"], [0, r + 14, "middle"], [0, -r - 5, "middle"]]) {
            if (dx === 0 && dy === 4 && wide > 1.8 * r) continue;
            const at = [x(layer.intensity) + dx, y(layer.gflops) + dy];
            const left = at[0] - (anchor === "middle" ? wide / 2 : anchor === "end" ? wide : 0);
            if (left < box.left || left + wide > box.right) continue;
            if (taken.some(t => left < t[0] + t[2] && t[0] < left + wide &&
              Math.abs(t[1] - at[1]) < 13)) continue;
            if (shown.some(other => other !== layer &&
              x(other.intensity) + radius(other) > left && x(other.intensity) - radius(other) <
              left + wide && Math.abs(y(other.gflops) - at[1] + 4) < radius(other) + 6)) continue;
            taken.push([left, at[1], wide]);
            add(svg, "text", { x: at[0], y: at[1], "text-anchor": anchor, class: "strong",
              style: "pointer-events:none" }, text);
            break;
          }
        }
        return height;
      });

      const bars = card(main, "Layers", "A core's time on each layer of the network for one " +
        "frame. The full bar is the time it takes, the solid part what it would take at its roof: " +
        "the pale part is what there is to gain.");
      legend(bars);
      chart(bars, "time of each layer", (svg, width) => {
        const narrow = width < 600;
        const left = narrow ? 150 : 190, high = 22, right = width - (narrow ? 56 : 264);
        const top = Math.max(...profile.layers.map(l => l.core));
        if (!narrow) ["GFLOP/s", "GB/s", "of roof"].forEach((name, i) => add(svg, "text", {
          x: width - 140 + 68 * i, y: 12, "text-anchor": "end" }, name));
        profile.layers.forEach((layer, row) => {
          const y = 20 + row * high, whole = (right - left) * layer.core / top;
          add(svg, "text", { x: left - 10, y: y + 14, "text-anchor": "end", class: "strong" },
            narrow ? short(layer) : layer.name);
          const bar = { x: left, y: y + 3, height: high - 7, rx: 3, fill: color(layer.stage),
            "data-tip": describe(layer) };
          add(svg, "rect", { ...bar, width: Math.max(1, whole), "fill-opacity": 0.28 });
          add(svg, "rect", { ...bar, width: Math.max(1, whole * Math.min(1, layer.ofRoof)) });
          add(svg, "text", { x: left + whole + 6, y: y + 14 }, layer.core.toFixed(2) + " ms");
          if (!narrow) [layer.gflops.toFixed(0), layer.gbytes.toFixed(1), percent(layer.ofRoof, 0)]
            .forEach((text, i) => add(svg, "text", { x: width - 140 + 68 * i, y: y + 14,
              "text-anchor": "end", class: "strong" }, text));
        });
        return 20 + profile.layers.length * high;
      });
      const folded = add(bars, "details");
      add(folded, "summary", {}, "All figures");
      const table = add(add(folded, "div", { class: "scroll" }), "table");
      const head = add(table, "tr");
      for (const name of ["layer", "p50 ms", "p90", "p99", "max", "core ms", "share", "GFLOP/s",
        "GB/s", "FLOP/byte", "of roof"]) add(head, "th", {}, name);
      for (const layer of profile.layers) {
        const row = add(table, "tr");
        const name = swatch(add(row, "td"), layer.stage);
        name.lastChild.textContent = layer.name;
        for (const key of ["p50", "p90", "p99", "max", "core"])
          add(row, "td", {}, layer[key].toFixed(3));
        for (const text of [percent(layer.share), layer.gflops.toFixed(1), layer.gbytes.toFixed(1),
          number(layer.intensity), percent(layer.ofRoof)]) add(row, "td", {}, text);
      }
    }
    """#
}
