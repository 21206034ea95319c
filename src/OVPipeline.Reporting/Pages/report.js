// What a report does beyond being read: tables sort, charts show values and hide series, parts unfold for links and for paper.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  // ---- Tables: a heading sorts up, then down, then gives the rows' own order back. What is missing comes last.
  for (const table of all(".table table")) {
    const headings = all("thead th", table), body = table.tBodies[0], given = [...body.rows];
    if (given.length < 2)
      continue;
    const value = (row, column) => {
      const cell = row.cells[column], text = cell.textContent.trim();
      return "v" in cell.dataset ? Number(cell.dataset.v) : text === "" || text === "–" ? null : text;
    };
    const compare = (a, b) => typeof a === "number" && typeof b === "number"
      ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
    headings.forEach((heading, column) => {
      const button = make("button", { type: "button", className: "sort" }, ...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const next = { ascending: "descending", descending: null }[heading.getAttribute("aria-sort")];
        const order = next === undefined ? "ascending" : next;
        headings.forEach(other => other.removeAttribute("aria-sort"));
        const rows = [...given];
        if (order) {
          heading.setAttribute("aria-sort", order);
          const sign = order === "ascending" ? 1 : -1;
          rows.sort((a, b) => {
            const x = value(a, column), y = value(b, column);
            return x === null || y === null ? (x === null) - (y === null) : sign * compare(x, y);
          });
        }
        body.append(...rows);
      });
    });
  }

  // ---- Charts: Okabe and Ito's colours, lighter where the page is dark; the same order, markers and dashes as in the pictures.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colours = {
    false: ["#0072b2", "#d55e00", "#009e73", "#b8578f", "#b57b00", "#3a93c4", "#1d2328"],
    true: ["#56a9e0", "#f28444", "#2fc09a", "#e39bc4", "#e6b13a", "#9bd0f0", "#e6eaed"],
  };
  const markers = ["circle", "square", "triangle-up", "diamond", "circle-open", "square-open", "triangle-up-open", "diamond-open",
    "triangle-down", "x", "triangle-down-open", "cross", "circle-dot", "asterisk-open", "circle-cross-open", "hash-open"];
  const dashes = ["solid", "dash", "dot"], references = ["dash", "dot", "dashdot", "longdash", "longdashdot"];
  const patterns = ["", "/", ".", "x", "-", "+", "\\"];
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const styles = chart => {
    let own = 0, grey = 0;
    return chart.series.map(series => series.reference
      ? { colour: css("--soft"), dash: references[grey++ % references.length], marker: null, pattern: "" }
      : { colour: colours[dark.matches][own % 7], dash: dashes[Math.floor(own / 7) % 3], marker: markers[own % markers.length],
          pattern: patterns[own++ % patterns.length] });
  };
  const number = (value, decimals) => value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const wrap = (text, width) => text.split(" ").reduce((lines, word) => {
    const last = lines.length - 1;
    if (last >= 0 && (lines[last] + " " + word).length <= width)
      lines[last] += " " + word;
    else
      lines.push(word);
    return lines;
  }, []).join("<br>");
  const escaped = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

  // What is shown of a point: its series, where it is, its value and its interval.
  const words = (chart, series, i) => {
    const has = ends => ends && ends[i] !== null, decimals = chart.decimals;
    const interval = has(series.low) && has(series.high) ? ` (${number(series.low[i], decimals)} to ${number(series.high[i], decimals)})` : "";
    const place = chart.groups ? chart.groups[i] : `${chart.xLabel}: ${series.x[i].toLocaleString("en")}`;
    return [series.name, place].map(text => wrap(escaped(text), 40)).join("<br>")
      + `<br><b>${series.y[i] === null ? "–" : number(series.y[i], decimals)}</b>${interval}`;
  };
  const errors = (series, colour) => !series.low || !series.high || series.band ? undefined : {
    type: "data", symmetric: false, color: colour, thickness: 1.5, width: 4,
    array: series.y.map((y, i) => series.high[i] === null ? 0 : series.high[i] - y),
    arrayminus: series.y.map((y, i) => series.low[i] === null ? 0 : y - series.low[i]),
  };
  const lines = (chart, hidden) => chart.series.flatMap((series, s) => {
    const style = styles(chart)[s], visible = !hidden.has(s);
    const band = !series.band || !series.low ? [] : ["low", "high"].map(end => ({
      type: "scatter", mode: "lines", x: series.x, y: series[end], line: { width: 0 }, hoverinfo: "skip", visible,
      fill: end === "high" ? "tonexty" : "none", fillcolor: style.colour + "33",
    }));
    return [...band, {
      type: "scatter", name: series.name, mode: style.marker ? "lines+markers" : "lines", x: series.x, y: series.y, visible,
      line: { color: style.colour, width: 2, dash: style.dash }, marker: { symbol: style.marker, size: 8, color: style.colour },
      error_y: errors(series, style.colour), text: series.y.map((_, i) => words(chart, series, i)), hovertemplate: "%{text}<extra></extra>",
    }];
  });
  const bars = (chart, hidden, narrow) => chart.series.map((series, s) => {
    const style = styles(chart)[s], error = errors(series, css("--ink"));
    return {
      type: "bar", orientation: "h", name: series.name, x: series.y, y: chart.groups.map((_, i) => i), visible: !hidden.has(s),
      marker: { color: style.colour, pattern: { shape: style.pattern, fillmode: "overlay", fgcolor: css("--page"), size: 7, solidity: 0.2 } },
      error_x: error, hovertext: series.y.map((_, i) => words(chart, series, i)), hovertemplate: "%{hovertext}<extra></extra>",
      text: chart.labels && !error ? series.y.map(y => y === null ? "" : number(y, chart.decimals)) : undefined,
      textposition: "outside", textangle: 0, cliponaxis: false,
    };
  });
  // One below the other within a row, so that equal ones are seen; a reference is a stroke.
  const dots = (chart, hidden) => chart.series.map((series, s) => {
    const style = styles(chart)[s], count = chart.series.length, ink = css("--ink");
    return {
      type: "scatter", mode: "markers", name: series.name, x: series.y, visible: !hidden.has(s),
      y: chart.groups.map((_, i) => i - 0.33 + 0.66 * (s + 0.5) / count),
      marker: series.reference ? { symbol: "line-ns-open", size: 14, color: ink, line: { color: ink, width: 2 } }
        : { symbol: style.marker, size: 8, color: style.colour },
      error_x: errors(series, ink), text: series.y.map((_, i) => words(chart, series, i)), hovertemplate: "%{text}<extra></extra>",
    };
  });
  const layout = (chart, width) => {
    const narrow = width < 520, font = { family: "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif",
      size: narrow ? 12 : 13, color: css("--ink") };
    const axis = { gridcolor: css("--line"), linecolor: css("--soft"), zerolinecolor: css("--soft"), fixedrange: true, automargin: true };
    const label = text => ({ text: wrap(escaped(text), narrow ? 34 : 70), standoff: 12 });
    const common = {
      width, font, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, dragmode: false, hovermode: "closest",
      hoverlabel: { bgcolor: css("--faint"), bordercolor: css("--soft"), font: { ...font, color: css("--ink") }, align: "left" },
      margin: { l: 10, r: narrow ? 30 : 40, t: 10, b: 10 },
    };
    if (chart.groups) {
      const names = chart.groups.map(name => wrap(escaped(name), narrow ? 16 : 34));
      const row = Math.max(chart.dots ? 38 : 21 * chart.series.length + 8, 17 * Math.max(...names.map(name => name.split("<br>").length)) + 8);
      return { ...common, height: 70 + row * names.length, barmode: "group", bargap: 0.25,
        xaxis: { ...axis, title: label(chart.xLabel), showline: true },
        yaxis: { ...axis, autorange: "reversed", showgrid: false, zeroline: false, tickvals: names.map((_, i) => i), ticktext: names } };
    }
    const x = chart.xTicks ? { type: "log", tickvals: chart.xTicks, ticktext: chart.xTicks.map(String) } : {};
    return { ...common, height: narrow ? 340 : 420, xaxis: { ...axis, ...x, title: label(chart.xLabel), zeroline: false, showline: true },
      yaxis: { ...axis, title: label(chart.yLabel), zeroline: false, showline: true } };
  };

  const swatch = (style, isBar) => {
    const box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = { solid: "", dash: "6 4", dot: "2 3", dashdot: "6 3 2 3", longdash: "10 5", longdashdot: "10 3 2 3" }[style.dash];
    box.setAttribute("viewBox", "0 0 26 10");
    box.setAttribute("aria-hidden", "true");
    box.dataset.pattern = isBar ? style.pattern : "";
    const hatch = { "/": "M0 10L10 0M8 10L18 0M16 10L26 0", "\\": "M0 0L10 10M8 0L18 10M16 0L26 10", "-": "M0 3H26M0 7H26",
      ".": "M3 5H5M11 5H13M19 5H21",
      "+": "M0 5H26M6 0V10M13 0V10M20 0V10", "x": "M0 10L10 0M0 0L10 10M13 10L23 0M13 0L23 10" }[style.pattern] ?? "";
    box.innerHTML = isBar
      ? `<rect width="26" height="10" fill="${style.colour}"/><path d="${hatch}" stroke="${css("--page")}" stroke-width="1.5"/>`
      : `<path d="M0 5H26" stroke="${style.colour}" stroke-width="2.5" stroke-dasharray="${line}"/>`;
    return box;
  };
  const start = figure => {
    const chart = JSON.parse(figure.querySelector("script").textContent), holder = figure.querySelector(".drawing");
    const plot = make("div", { className: "plot" }), hidden = new Set();
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", `${chart.title}. Its values are in the table below it.`);
    const legend = make("div", { className: "legend" });
    legend.setAttribute("role", "group");
    legend.setAttribute("aria-label", "Series: press one to hide it");
    const draw = () => {
      const width = Math.floor(holder.clientWidth);
      if (width === 0)
        return;
      const data = chart.dots ? dots(chart, hidden) : chart.groups ? bars(chart, hidden, width < 520) : lines(chart, hidden);
      Plotly.react(plot, data, layout(chart, width), { displayModeBar: false });
      figure.classList.add("live");
    };
    const buttons = chart.series.length < 2 ? [] : chart.series.map((series, s) => {
      const button = make("button", { type: "button" }, series.name);
      button.setAttribute("aria-pressed", "true");
      button.addEventListener("click", () => {
        if (!hidden.delete(s))
          hidden.add(s);
        button.setAttribute("aria-pressed", String(!hidden.has(s)));
        draw();
      });
      return button;
    });
    const colour = () => buttons.forEach((button, s) => {
      button.querySelector("svg")?.remove();
      button.prepend(swatch(styles(chart)[s], chart.groups !== null && !chart.dots));
    });
    colour();
    legend.append(...buttons);
    holder.append(...buttons.length > 0 ? [legend] : [], plot);
    new ResizeObserver(draw).observe(holder);
    dark.addEventListener("change", () => { colour(); draw(); });
  };
  if (typeof Plotly === "object")
    all("figure.chart").forEach(start);

  // ---- Parts: a link unfolds what it leads to, paper has all of them open.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target)
      return;
    for (let part = target; part; part = part.parentElement)
      if (part.tagName === "DETAILS")
        part.open = true;
    all(":scope > details", target).forEach(part => { part.open = true; });
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("click", event => { // the same link again changes no hash
    if (event.target.closest?.("a")?.getAttribute("href") === location.hash && location.hash)
      reveal();
  });
  reveal();
  const parts = all("details.part"), heading = document.querySelector("h2.parts");
  if (heading) {
    const button = make("button", { type: "button", className: "unfold" }, "Open all");
    button.addEventListener("click", () => {
      const open = parts.some(part => !part.open);
      parts.forEach(part => { part.open = open; });
      button.textContent = open ? "Close all" : "Open all";
    });
    heading.after(button);
  }
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    folded.forEach(part => { part.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach(part => { part.open = false; }));
})();
