// The overview: cost over time, and the cluster as boxes.
import { Choice, html, Text, useMemo, useRef, useState } from "./ui.js";
import { Box, moveFocus, STEPS } from "./boxes.js";
import { CostChart } from "./chart.js";
import { count, counted, hourly, percent } from "./format.js";
import { countShown, named } from "./namespaces.js";
import { Tip } from "./tip.js";

const GROUPINGS = {
  pool: ["Node pool", (node) => [node.groupKind, node.group]],
  zone: ["Zone", (node) => ["zone", node.zone]],
  type: ["Instance type", (node) => ["instance type", node.instanceType]],
};
const SORTS = {
  name: ["Name", null],
  empty: ["Least requested first", (a, b) => a.share - b.share],
  price: ["Highest price first", (a, b) => (b.usdPerHour ?? -1) - (a.usdPerHour ?? -1)],
};
const collator = new Intl.Collator("en", { numeric: true });
const remembered = { grouping: "pool", sort: "name" };

// Nodes in groups, in order of name; each with what it costs and how much of it is requested.
export function grouped(rows, grouping, sort) {
  const groups = new Map();
  for (const node of rows) {
    const [kind, name] = GROUPINGS[grouping][1](node);
    const key = `${kind}\n${name}`;
    if (!groups.has(key)) groups.set(key, { key, kind, name, nodes: [] });
    groups.get(key).nodes.push(node);
  }
  const order = SORTS[sort][1];
  const all = [...groups.values()]
    .sort((a, b) => !a.name - !b.name || collator.compare(a.key, b.key));
  for (const group of all) if (order) group.nodes.sort(order);
  return all;
}

function Group({ group, namespaces }) {
  const { nodes } = group;
  const cost = nodes.reduce((sum, node) => sum + (node.usdPerHour ?? 0), 0);
  const pods = nodes.reduce((sum, node) => sum + node.pods.length, 0);
  const here = nodes.reduce((sum, node) => sum + countShown(node, namespaces), 0);
  const share = (resource) => percent(
    nodes.reduce((sum, node) => sum + node[resource].requested, 0)
    / Math.max(1, nodes.reduce((sum, node) => sum + node[resource].allocatable, 0)));
  return html`<section class="group">
    <h3>${group.name ? html`<span class="kind">${group.kind}</span> <${Text} of=${group.name} />`
      : "Launched by no known pool"}
      <small>${counted(nodes.length, "node")}, ${
        namespaces.length > 0 && `${count(here)} of `}${counted(pods, "pod")}, ${hourly(cost)},
        requested: cpu ${share("cpu")}, memory ${share("memory")}</small></h3>
    <ul class="boxes">${nodes.map((node, number) =>
      html`<${Box} key=${node.name} node=${node} first=${number === 0}
        namespaces=${namespaces} />`)}</ul>
  </section>`;
}

export function Overview({ state }) {
  const { namespaces } = state;
  const [grouping, setGrouping] = useState(remembered.grouping);
  const [sort, setSort] = useState(remembered.sort);
  Object.assign(remembered, { grouping, sort });
  const area = useRef(null);
  const groups = useMemo(() => grouped(state.rows, grouping, sort), [state.rows, grouping, sort]);
  return html`<h1 tabindex="-1" class="hidden">Overview</h1>
    <${CostChart} state=${state} />
    <section aria-labelledby="map-title">
      <div class="bar-of-controls"><h2 id="map-title">Nodes and their pods</h2>
        <${Choice} label="Group by" options=${GROUPINGS} value=${grouping} onChoose=${setGrouping} />
        <${Choice} label="Sort by" options=${SORTS} value=${sort} onChoose=${setSort} /></div>
      <ul class="legend" aria-label="Legend"><li>Requested:</li>${STEPS.map(([, text], number) =>
        html`<li><span class="swatch s${number}"></span>${text}</li>`)}
        <li><span class="swatch daemons"></span>pods of DaemonSets</li>
        ${namespaces.length > 0 && html`<li><span class="swatch others"></span>pods outside ${
          named(namespaces)}</li>`}
        <li><span class="swatch"></span>unrequested</li></ul>
      <p class="hidden" id="map-keys">The arrow keys move between nodes, Enter opens one.</p>
      <div ref=${area} onKeyDown=${moveFocus} aria-describedby="map-keys">
        ${groups.map((group) => html`<${Group} key=${group.key} group=${group}
          namespaces=${namespaces} />`)}
        ${!groups.length && html`<p>The cluster has no nodes.</p>`}</div>
      <${Tip} area=${area} nodes=${state.nodes} />
    </section>`;
}
