// Draws the charts of a dashboard from the figures that stand beside them as JSON, and renews an open page.
// Every label comes written from the server; without this script the tables say the same.

const OFTEN_MS = 3_000;
const LONGEST_MS = 60_000;
const STALE_AFTER = 5;
const BY_ITSELF = { "X-Looks-By-Itself": "1" };
const LABELS_FOR = 14;  // up to so many points, each says its value

const drawn = new Map();
const dark = matchMedia("(prefers-color-scheme: dark)");

function inks() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return { ink: of("ink"), muted: of("muted"), line: of("line"), accent: of("accent"), paper: of("paper"), good: of("good"), so: of("so") };
}

// On paper each is drawn anew, for its place there, in the colours of paper; the style sheet fits it to the column.
const ON_PAPER = { ink: "#1c2128", muted: "#57606a", line: "#d9dee3", accent: "#3546b8", paper: "#ffffff", good: "#17703a", so: "#7a5600" };
const HALF = 480, WHOLE = 900, DOTS = 3;

function draw(place, paper = false) {
  const spec = JSON.parse(place.nextElementSibling.textContent);
  place.dataset.drawn = "";
  if (spec.kind === "ranges") place.style.height = `${64 + 28 * spec.labels.length}px`;
  const width = paper ? (place.closest(".charts") ? HALF : WHOLE) : place.clientWidth;
  const size = paper ? { width, height: place.clientHeight, devicePixelRatio: DOTS } : {};
  const chart = globalThis.echarts.init(place, null, { renderer: "canvas", ...size });
  const options = { line, bars, ranges }[spec.kind](spec, paper ? ON_PAPER : inks(), width);
  chart.setOption({ animation: false, ...options });
  const scale = [options.xAxis, options.yAxis].find((axis) => axis.type === "value");
  place.dataset.drawn = `${scale.min} to ${scale.max ?? ""}`;
  drawn.get(place)?.dispose();
  drawn.set(place, chart);
}

function frame(spec, ink, narrow) {
  return {
    textStyle: { fontFamily: "inherit", color: ink.ink },
    grid: { left: 4, right: narrow ? 12 : 28, top: 24, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis", confine: true, backgroundColor: ink.paper, borderColor: ink.line, textStyle: { color: ink.ink },
      formatter: (found) => told(spec.tips[(Array.isArray(found) ? found[0] : found).dataIndex]),
    },
  };
}

// A tooltip is built of nodes: nothing of it is read as HTML.
function told(text) {
  const box = document.createElement("div");
  text.split("\n").forEach((part, index) => {
    const row = document.createElement(index ? "div" : "strong");
    row.textContent = part;
    box.append(row);
  });
  return box;
}

const SMALL = 12;
const axisLook = (ink) => ({ axisLine: { lineStyle: { color: ink.line } }, axisTick: { show: false }, axisLabel: { color: ink.muted, fontSize: SMALL, hideOverlap: true } });
const scaleLook = (ink) => ({ axisLabel: { color: ink.muted, fontSize: SMALL, hideOverlap: true, formatter: (value) => value.toLocaleString(document.documentElement.lang).replace("-", "\u2212") }, splitLine: { lineStyle: { color: ink.line } } });

// The line is broken where the question was put in other words: each part is a series of its own, with its band.
function line(spec, ink, width) {
  const starts = [0, ...spec.breaks, spec.labels.length];
  const wide = spec.labels.length <= LABELS_FOR && width > 420;
  const series = [];
  for (let part = 0; part + 1 < starts.length; part += 1) {
    const within = (values) => values.map((value, at) => (at >= starts[part] && at < starts[part + 1] ? value : null));
    const low = within(spec.low), high = within(spec.high), values = within(spec.values);
    const base = { type: "line", symbol: "none", lineStyle: { opacity: 0 }, stack: `band-${part}`, stackStrategy: "all", silent: true, tooltip: { show: false } };
    series.push({ ...base, data: low });
    series.push({ ...base, data: high.map((top, at) => (top === null ? null : top - low[at])), areaStyle: { color: ink.accent, opacity: 0.16 } });
    series.push({
      type: "line", data: values.map((value, at) => (isLow(values, at) ? { value, label: { position: "bottom" } } : value)), symbol: "circle", symbolSize: 6, showAllSymbol: true, lineStyle: { width: 2, color: ink.accent }, itemStyle: { color: ink.accent },
      label: { show: wide, position: "top", color: ink.ink, fontSize: SMALL, formatter: ({ dataIndex }) => spec.said[dataIndex] },
      labelLayout: { hideOverlap: true },
      ...(part === 0 ? { markLine: marks(spec, ink, wide) } : {}),
    });
  }
  series.push({ type: "custom", silent: true, tooltip: { show: false }, encode: { x: 0, y: [1, 2] }, data: alone(spec, starts), renderItem: upright(ink) });
  const parts = frame(spec, ink, width < 420);
  if (wide && spec.goal !== null) parts.grid.right = 64;  // the goal's name stands behind its line
  return {
    ...parts,
    xAxis: { type: "category", data: spec.labels, boundaryGap: true, ...axisLook(ink) },
    yAxis: { type: "value", ...extent(spec), ...scaleLook(ink) },
    series,
  };
}

// A point with none beside it in its part has no band: its interval is drawn upright.
function alone(spec, starts) {
  const known = (at) => spec.values[at] !== null && spec.values[at] !== undefined;
  const beside = (at, other) => known(other) && !starts.includes(Math.max(at, other));
  return spec.values.map((_, at) => [at, spec.low[at], spec.high[at]]).filter(([at]) => known(at) && !beside(at, at - 1) && !beside(at, at + 1));
}

function upright(ink) {
  return (_, api) => {
    const [x, top] = api.coord([api.value(0), api.value(2)]);
    const [, bottom] = api.coord([api.value(0), api.value(1)]);
    return { type: "rect", shape: { x: x - 4, y: top, width: 8, height: Math.max(1, bottom - top), r: 3 }, style: { fill: ink.accent, opacity: 0.16 } };
  };
}

// Below a point that lies lower than those beside it, its value is not crossed by the line.
function isLow(values, at) {
  const beside = [values[at - 1], values[at + 1]].filter((one) => one !== null && one !== undefined);
  return values[at] !== null && beside.length > 0 && beside.every((one) => one > values[at]);
}

// A score between two ends of a scale is shown where it moves; what is counted from nought, from nought.
function extent(spec) {
  if (spec.unit !== "points") return { min: 0, ...(spec.most === null ? {} : { max: spec.most }) };
  const all = [...spec.low, ...spec.high, spec.goal ?? null].filter((one) => one !== null);
  if (!all.length) return { min: spec.least, max: spec.most };
  const interval = Math.max(...all, 0) - Math.min(...all, 0) > 110 ? 50 : 20;
  return { interval, min: Math.floor(Math.min(...all, 0) / interval) * interval, max: Math.ceil(Math.max(...all, 0) / interval) * interval };
}

function marks(spec, ink, wide) {
  const data = spec.breaks.map((at) => ({ xAxis: at, label: { formatter: spec.break_word, color: ink.muted, position: "insideEndTop" }, lineStyle: { color: ink.muted, type: "solid" } }));
  if (spec.earlier !== null) data.push({ xAxis: spec.earlier, label: { formatter: spec.earlier_word, color: ink.muted, fontSize: SMALL, position: "end" }, lineStyle: { color: ink.muted, type: "dotted" } });
  if (spec.goal !== null) data.push({ yAxis: spec.goal, label: { formatter: spec.goal_word, color: ink.good, fontSize: SMALL, position: wide ? "end" : "insideStartTop" }, lineStyle: { color: ink.good, type: "dashed" } });
  return { silent: true, symbol: "none", animation: false, data };
}

function bars(spec, ink, width) {
  return {
    ...frame(spec, ink, width < 420),
    xAxis: { type: "category", data: spec.labels, ...axisLook(ink) },
    yAxis: { type: "value", min: 0, minInterval: 1, ...scaleLook(ink) },
    series: [{
      type: "bar", data: spec.values, itemStyle: { color: ink.accent }, barMaxWidth: 40,
      label: { show: spec.labels.length <= LABELS_FOR && width > 420, position: "top", color: ink.ink, fontSize: SMALL, formatter: ({ dataIndex }) => spec.said[dataIndex] },
    }],
  };
}

function ranges(spec, ink, width) {
  const rows = spec.labels.map((_, at) => [at, spec.low[at], spec.high[at], spec.values[at]]);
  return {
    ...frame(spec, ink, width < 420),
    grid: { left: 4, right: 56, top: 12, bottom: 4, containLabel: true },
    tooltip: { ...frame(spec, ink, false).tooltip, trigger: "item" },
    yAxis: { type: "category", data: spec.labels, inverse: true, ...axisLook(ink), axisLabel: { color: ink.ink, fontSize: SMALL, width: width < 420 ? 110 : 220, overflow: "truncate" } },
    xAxis: { type: "value", ...extent(spec), ...scaleLook(ink) },
    series: [{ type: "custom", encode: { x: [1, 2, 3], y: 0 }, data: rows, renderItem: range(spec, ink) }],
  };
}

function range(spec, ink) {
  return (_, api) => {
    const row = api.value(0);
    const [from, y] = api.coord([api.value(1), row]);
    const [to] = api.coord([api.value(2), row]);
    const [at] = api.coord([api.value(3), row]);
    return {
      type: "group",
      children: [
        { type: "rect", shape: { x: from, y: y - 5, width: Math.max(1, to - from), height: 10, r: 3 }, style: { fill: ink.accent, opacity: 0.28 } },
        { type: "circle", shape: { cx: at, cy: y, r: 5 }, style: { fill: ink.accent } },
        { type: "text", x: to + 8, y, style: { text: spec.said[row], fill: ink.ink, verticalAlign: "middle", font: "12px sans-serif" } },
      ],
    };
  };
}

let onPaper = false;

function drawAll() {
  if (!globalThis.echarts) return;  // the tables stand there
  for (const place of document.querySelectorAll("[data-chart]")) draw(place, onPaper);
}

// An open page asks whether a figure has moved, which costs next to nothing while none has, and fetches the page only then.
let failures = 0;
let waiting;

async function look() {
  clearTimeout(waiting);
  const board = document.querySelector("[data-board]");
  if (!board || document.hidden) return;
  const started = performance.now();
  try {
    const answer = await fetch(board.dataset.asks, { headers: { ...BY_ITSELF, "If-None-Match": `"${board.dataset.mark}"` }, redirect: "error", cache: "no-store" });
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(answer.statusText);
      await renew(board);
    }
    failures = 0;
  } catch {
    failures += 1;  // the session has ended, or the network is away
  }
  const stale = failures >= STALE_AFTER;
  document.querySelector("[data-live-off]").hidden = !stale;
  document.querySelector("[data-live-on]").hidden = stale;
  const took = performance.now() - started;
  waiting = setTimeout(look, Math.min(Math.max(OFTEN_MS, 5 * took) * 2 ** Math.min(failures, 5), LONGEST_MS));
}

async function renew(board) {
  const answer = await fetch(location.href, { headers: BY_ITSELF, redirect: "error" });
  if (!answer.ok) throw new Error(answer.statusText);
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-board]");
  if (!next) return;
  const open = [...board.querySelectorAll("details")].map((one) => one.open);
  if (board.contains(document.activeElement) && document.activeElement !== document.body) return;  // nothing moves under one's hands
  for (const chart of drawn.values()) chart.dispose();
  drawn.clear();
  board.replaceChildren(...next.childNodes);
  board.dataset.mark = next.dataset.mark;
  board.querySelectorAll("details").forEach((one, at) => { one.open = open[at] ?? false; });
  drawAll();
}

let resizing;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(drawAll, 150);
});
dark.addEventListener("change", drawAll);
for (const [happens, paper] of [["beforeprint", true], ["afterprint", false]]) {
  addEventListener(happens, () => {
    onPaper = paper;
    drawAll();
  });
}
document.addEventListener("visibilitychange", look);
drawAll();
waiting = setTimeout(look, OFTEN_MS);
