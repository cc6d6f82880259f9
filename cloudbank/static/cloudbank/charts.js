// Charts: <canvas data-chart="id"> reads its data from the json_script block of that id (see cloudbank/charts.py).
// Fixed series order; each series also has its own pattern, dash and marker, so that colour is never the only sign.
(() => {
  "use strict";
  const SERIES = [
    { token: "teal", dash: [], marker: "circle", pattern: "solid" },
    { token: "amber", dash: [7, 4], marker: "rect", pattern: "diagonal" },
    { token: "blue", dash: [2, 3], marker: "triangle", pattern: "dots" },
    { token: "red", dash: [9, 3, 2, 3], marker: "rectRot", pattern: "cross" },
    { token: "green", dash: [4, 4], marker: "star", pattern: "horizontal" },
    { token: "navy", dash: [12, 3], marker: "crossRot", pattern: "vertical" },
  ];
  const drawn = new Map();
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (index) => token(`--cb-${SERIES[index % SERIES.length].token}-graphic`);

  // After the last colour they begin anew, each with the next one's pattern, dash and marker.
  const sign = (index) => SERIES[(index + Math.floor(index / SERIES.length)) % SERIES.length];

  const STROKES = {
    diagonal: [[0, 8, 8, 0], [-2, 2, 2, -2], [6, 10, 10, 6]],
    cross: [[0, 0, 8, 8], [0, 8, 8, 0]],
    horizontal: [[0, 4, 8, 4]],
    vertical: [[4, 0, 4, 8]],
  };
  const pattern = (index) => {
    const kind = sign(index).pattern;
    if (kind === "solid") return colour(index);
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.fillStyle = colour(index);
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = pen.fillStyle = token("--cb-surface");
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1.5;
    pen.beginPath();
    (STROKES[kind] || []).forEach(([x1, y1, x2, y2]) => { pen.moveTo(x1, y1); pen.lineTo(x2, y2); });
    pen.stroke();
    if (kind === "dots") { pen.beginPath(); pen.arc(4, 4, 1.6, 0, 7); pen.fill(); }
    return pen.createPattern(tile, "repeat");
  };

  const number = (data, value, compact) => {
    if (value === null) return "n/a";
    const shown = new Intl.NumberFormat("en-US", compact
      ? { notation: "compact", maximumFractionDigits: 1 }
      : { minimumFractionDigits: data.exponent, maximumFractionDigits: Math.max(data.exponent, 2) });
    return shown.format(value / 10 ** data.exponent).replace("-", "\u2212");
  };
  const round = (data) => data.type === "doughnut" || data.type === "pie";

  const dataset = (data, series, index) => {
    const type = series.type || data.type;
    const base = { label: series.label, data: series.data, type: round(data) ? undefined : (type === "stacked" ? "bar" : type) };
    if (round(data)) {
      const slices = series.data.map((value, i) => pattern(i));
      return { ...base, backgroundColor: slices, borderColor: token("--cb-surface"), borderWidth: 2, hoverOffset: 6 };
    }
    if (type === "line") {
      const style = SERIES[index % SERIES.length];
      const points = series.data.length > 45 ? 0 : 3.5;
      return { ...base, borderColor: colour(index), backgroundColor: colour(index), borderDash: style.dash, pointStyle: style.marker,
        pointRadius: points, pointHoverRadius: 6, pointHitRadius: 14, borderWidth: 2.25, tension: 0.25 };
    }
    return { ...base, backgroundColor: pattern(index), borderColor: colour(index), borderWidth: 1, borderRadius: 4, maxBarThickness: 44 };
  };

  const scales = (data) => {
    if (round(data)) return {};
    const text = { color: token("--cb-muted"), font: { size: 12 } };
    const stacked = data.type === "stacked";
    return {
      x: { stacked, grid: { display: false }, border: { color: token("--cb-line-strong") }, ticks: { ...text, maxRotation: 0, autoSkipPadding: 14 } },
      y: { stacked, beginAtZero: true, grid: { color: token("--cb-line") }, border: { display: false },
        ticks: { ...text, maxTicksLimit: 6, callback: (value) => number(data, value, true) } },
    };
  };

  const linkAt = (data, hits) => hits.length ? (data.datasets[hits[0].datasetIndex].links || [])[hits[0].index] : "";

  const config = (data) => ({
    type: data.type === "stacked" ? "bar" : data.type,
    data: { labels: data.labels, datasets: data.datasets.map((series, index) => dataset(data, series, index)) },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 300 },
      cutout: data.type === "doughnut" ? "62%" : undefined,
      interaction: round(data) ? { mode: "nearest" } : { mode: "index", intersect: false },
      scales: scales(data),
      plugins: {
        legend: { display: round(data) || data.datasets.length > 1, position: round(data) ? "right" : "top", align: round(data) ? "center" : "start",
          labels: { color: token("--cb-ink"), usePointStyle: data.type === "line", boxWidth: 14, boxHeight: 10, padding: 14, font: { size: 12.5 } } },
        tooltip: { backgroundColor: token("--cb-navy"), padding: 10, cornerRadius: 8, titleFont: { weight: 600 }, boxPadding: 4,
          callbacks: { label: (item) => ` ${round(data) ? item.label : item.dataset.label}: ${number(data, item.raw)} ${data.unit}` } },
      },
      onClick: (event, hits, chart) => {
        const link = linkAt(data, chart.getElementsAtEventForMode(event, "nearest", { intersect: round(data), axis: "x" }, true));
        if (link) window.location.assign(link);
      },
      onHover: (event, hits) => { event.native.target.style.cursor = linkAt(data, hits) ? "pointer" : "default"; },
    },
  });

  const draw = (canvas) => {
    const source = document.getElementById(canvas.dataset.chart);
    if (!source || typeof Chart === "undefined") return;
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    drawn.get(canvas)?.destroy();
    drawn.set(canvas, new Chart(canvas, config(JSON.parse(source.textContent))));
  };
  const drawAll = (root) => root.querySelectorAll("canvas[data-chart]").forEach(draw);
  document.fonts.ready.then(() => drawAll(document));
  document.addEventListener("bank:theme", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => drawAll(event.target));
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (drawn.has(event.target)) { drawn.get(event.target).destroy(); drawn.delete(event.target); }
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-chart-toggle]");
    if (!button) return;
    const table = button.closest("[data-chart-box]").classList.toggle("show-table");
    button.setAttribute("aria-pressed", String(table));
    button.querySelector("span").textContent = table ? "Chart" : "Table";
  });
})();
