// Cost over time against what it could be, and Pending pods below.
import { Failure, html, useEffect, useLayoutEffect, useRef, useState } from "./ui.js";
import { Scroll } from "./table.js";
import { count, dateTime, hourly, hourlyNumber } from "./format.js";
import { useHistory } from "./history.js";
import uPlot from "./vendor/uplot.js";

const RANGES = [[1, "1 h"], [6, "6 h"], [24, "24 h"], [168, "7 d"]];
const SERIES = [
  { key: "cost", label: "Cost now", dash: [], width: 2 },
  { key: "cheapest", label: "Cheapest plan found", dash: [7, 3], width: 1.5 },
  { key: "minimum", label: "Proven minimum", dash: [2, 3], width: 1.5 },
];
const ROWS = 40; // of the table
const remembered = { hours: 6 };

// The colour that a CSS variable stands for here and now.
function colour(element, name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function axis(element, font, more) {
  return {
    stroke: colour(element, "--soft"), font, ticks: { show: false },
    grid: { stroke: colour(element, "--line"), width: 1 }, ...more,
  };
}

const TIMES = [
  [86400, "{D} {MMM}", null, null, null, null, null, null, 1],
  [3600, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
];

// The options of one of the two charts, which share their pointer.
function options(element, { height, series, y, times, onPoint }) {
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  return {
    width: element.clientWidth, height, padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: "kubestow" }, drag: { x: false, y: false }, y: false,
      points: { size: 7 } },
    scales: { x: { time: true }, y },
    axes: [
      axis(element, font, { values: TIMES, size: times ? 40 : 8, space: 80,
        ...(times ? {} : { values: () => [] }) }),
      axis(element, font, { size: 46, space: times ? 16 : 28,
        ...(times ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
          values: (u, all) => all.map(count) } : {}) }),
    ],
    series: [{}, ...series.map((item) => ({
      stroke: colour(element, `--${item.key}`), width: item.width, dash: item.dash,
      points: { show: false }, ...item.more,
    }))],
    hooks: { setCursor: [(u) => onPoint(u.cursor.idx ?? null)] },
  };
}

const zeroUp = { range: (u, least, most) => [0, Math.max(most ?? 0, 1e-4) * 1.1] };
const podsUp = { range: (u, least, most) => [0, Math.max(most ?? 0, 2) * 1.1] };

// Two plots on a record; drawn anew when the theme or the width changes.
function Plots({ record, onPoint }) {
  const upper = useRef(null);
  const lower = useRef(null);
  const plots = useRef([]);
  const data = useRef(null);
  data.current = [
    [record.at, ...SERIES.map(({ key }) => record[key])],
    [record.at, record.pending],
  ];
  useLayoutEffect(() => {
    const make = () => {
      plots.current.forEach((plot) => plot.destroy());
      plots.current = [
        new uPlot(options(upper.current, { height: 160, series: SERIES, y: zeroUp, times: false,
          onPoint }), data.current[0], upper.current),
        new uPlot(options(lower.current, { height: 96, y: podsUp, times: true, onPoint,
          series: [{ key: "pending", width: 1.5,
            more: { paths: uPlot.paths.stepped({ align: 1 }), fill: colour(lower.current,
              "--pending-fill") } }] }), data.current[1], lower.current),
      ];
    };
    make();
    const watch = new ResizeObserver(() => plots.current.forEach((plot) => {
      const width = upper.current.clientWidth;
      if (width && width !== plot.width) plot.setSize({ width, height: plot.height });
    }));
    watch.observe(upper.current);
    addEventListener("themechange", make);
    return () => {
      watch.disconnect();
      removeEventListener("themechange", make);
      plots.current.forEach((plot) => plot.destroy());
    };
  }, []);
  useEffect(() => {
    plots.current.forEach((plot, number) => plot.setData(data.current[number]));
  }, [record]);
  return html`<div class="plots" aria-hidden="true"><p class="soft">USD/h</p><div ref=${upper}></div>
    <p class="soft">Pending pods</p><div ref=${lower}></div></div>`;
}

// The values at the pointer, or the latest.
function Values({ record, at }) {
  const index = at ?? record.at.length - 1;
  return html`<ul class="legend values">${SERIES.map(({ key, label, dash }) => {
    const value = record[key][index];
    return html`<li><svg class="sample" viewBox="0 0 28 4" aria-hidden="true"><path
      class=${key} d="M0 2H28" stroke-dasharray=${dash.join(" ") || "none"} /></svg>${label}
      <b>${value === null || value === undefined ? "unknown" : hourly(value)}</b></li>`;
  })}<li>Pending <b>${count(record.pending[index])}</b></li>
    <li class="soft">${at === null ? "latest" : dateTime(1000 * record.at[index])}</li></ul>`;
}

function Table({ record }) {
  const every = Math.max(1, Math.ceil(record.at.length / ROWS));
  const picked = record.at.map((_, number) => number)
    .filter((number) => (record.at.length - 1 - number) % every === 0).reverse();
  const money = (value) => (value === null || value === undefined ? "" : hourlyNumber(value));
  return html`<${Scroll} label="Cost over time"><table><thead><tr><th scope="col">Time</th>
    ${SERIES.map(({ label }) => html`<th scope="col" class="right">${label}, USD/h</th>`)}
    <th scope="col" class="right">Pending pods</th><th scope="col" class="right">Nodes</th></tr>
    </thead><tbody>${picked.map((number) => html`<tr key=${record.at[number]}>
      <th scope="row">${dateTime(1000 * record.at[number])}</th>
      ${SERIES.map(({ key }) => html`<td class="right">${money(record[key][number])}</td>`)}
      <td class="right">${count(record.pending[number])}</td>
      <td class="right">${count(record.nodes[number])}</td></tr>`)}</tbody></table><//>`;
}

export function CostChart({ state }) {
  const [hours, setHours] = useState(remembered.hours);
  const [at, setAt] = useState(null);
  const [open, setOpen] = useState(false);
  remembered.hours = hours;
  const { record, error } = useHistory(state, hours);
  return html`<section aria-labelledby="chart-title" class="chart">
    <div class="bar-of-controls"><h2 id="chart-title">Cost over time</h2>
      <div role="group" aria-label="Time shown" class="segments">${RANGES.map(([value, label]) =>
        html`<button type="button" aria-pressed=${String(value === hours)}
          onClick=${() => setHours(value)}>${label}</button>`)}</div></div>
    ${error && html`<${Failure} error=${error} />`}
    ${record && record.at.length > 0 && html`
      <${Values} record=${record} at=${at === null || at >= record.at.length ? null : at} />
      <${Plots} record=${record} onPoint=${setAt} />
      <details onToggle=${(event) => setOpen(event.target.open)}><summary>As a table</summary>
        ${open && html`<${Table} record=${record} />`}</details>`}
  </section>`;
}
