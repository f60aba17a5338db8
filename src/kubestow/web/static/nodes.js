// All nodes in a table that can be sorted and filtered, a hundred to a page.
import { html, memo, NodeLink, Text, useEffect, useMemo, useState } from "./ui.js";
import { ResourceCell, shareOf } from "./bar.js";
import { marks } from "./boxes.js";
import { ageAt, bytes, cores, count, counted, hourlyNumber, shortName } from "./format.js";
import { useWantedFocus } from "./route.js";
import { Heads, Scroll, useOrder } from "./table.js";

const PAGE = 100;
const COLUMNS = [
  { key: "name", title: "Name", value: (n) => n.name },
  { key: "status", title: "Status", value: (n) => n.status },
  { key: "group", title: "Node pool", value: (n) => n.group || null },
  { key: "type", title: "Type", value: (n) => n.instanceType },
  { key: "zone", title: "Zone", value: (n) => n.zone },
  { key: "capacity", title: "Capacity", value: (n) => n.capacityType },
  { key: "cpu", title: "CPU requested, used", downFirst: true,
    value: (n) => shareOf(n.cpu.requested, n.cpu.allocatable) },
  { key: "memory", title: "Memory requested, used", downFirst: true,
    value: (n) => shareOf(n.memory.requested, n.memory.allocatable) },
  { key: "pods", title: "Pods", right: true, downFirst: true, value: (n) => n.pods.length },
  { key: "price", title: "USD/h", right: true, downFirst: true, value: (n) => n.usdPerHour },
  { key: "age", title: "Age", right: true,
    value: (n) => (n.createdAt ? -Date.parse(n.createdAt) : null) },
];
const remembered = { filter: "", order: { key: "name", down: false } };

const words = (node) => [node.name, node.instanceType, node.group, node.groupKind, node.zone,
  node.capacityType, node.status].join(" ").toLowerCase();

// The rows that have every word of a filter.
export function filtered(rows, filter) {
  const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return rows;
  return rows.filter((node) => {
    const text = words(node);
    return wanted.every((word) => text.includes(word));
  });
}

export const Status = ({ node }) => {
  const trouble = marks(node);
  return trouble ? html`<strong class="trouble"><span aria-hidden="true">${
    trouble === "cordoned" ? "⊘" : "⚠"} </span><${Text} of=${trouble} /></strong>` : "Ready";
};

const Row = memo(({ node, age }) => html`<tr>
  <th scope="row"><${NodeLink} node=${node.name} label=${shortName(node.name)} /></th>
  <td><${Status} node=${node} /></td>
  <td><span title=${node.groupKind}><${Text} of=${node.group} /></span></td>
  <td>${node.instanceType}</td><td>${node.zone}</td><td>${node.capacityType}</td>
  <td><${ResourceCell} resource=${node.cpu} format=${cores} /></td>
  <td><${ResourceCell} resource=${node.memory} format=${bytes} /></td>
  <td class="right">${node.pods.length} of ${node.podsMax}</td>
  <td class="right">${node.usdPerHour === null ? "unknown" : hourlyNumber(node.usdPerHour)}</td>
  <td class="right">${age}</td></tr>`);

export function Nodes({ state }) {
  const [filter, setFilter] = useState(remembered.filter);
  const [page, setPage] = useState(0);
  const found = useMemo(() => filtered(state.rows, filter), [state.rows, filter]);
  const { order, by, inOrder } = useOrder(found, COLUMNS, remembered.order);
  Object.assign(remembered, { filter, order });
  useEffect(() => setPage(0), [filter, order]);
  useWantedFocus("filter");
  const last = Math.max(0, Math.ceil(found.length / PAGE) - 1);
  const at = Math.min(page, last);
  const press = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    if (filter) setFilter(""); else event.target.blur();
  };
  const all = state.rows.length;
  const total = found.reduce((sum, node) => sum + (node.usdPerHour ?? 0), 0);
  return html`<div class="bar-of-controls"><h1 tabindex="-1">Nodes</h1>
    <label>Filter <input id="filter" type="search" value=${filter} autocomplete="off"
      spellcheck=${false} placeholder="name, type, pool, zone, status" aria-keyshortcuts="/"
      onInput=${(event) => setFilter(event.target.value)} onKeyDown=${press} /></label>
    <output id="shown">${found.length === all ? counted(all, "node")
      : `${count(found.length)} of ${counted(all, "node")}`}, ${hourlyNumber(total)} USD/h</output>
    </div>
    ${found.length > 0 ? html`<${Scroll} label="Nodes"><table class="nodes">
      <${Heads} columns=${COLUMNS} order=${order} by=${by} />
      <tbody>${inOrder.slice(at * PAGE, (at + 1) * PAGE).map((node) =>
        html`<${Row} key=${node.name} node=${node}
          age=${ageAt(node.createdAt, state.cluster.at)} />`)}</tbody></table><//>`
      : html`<p>No node has all these words.</p>`}
    ${last > 0 && html`<nav class="pager" aria-label="Pages of nodes">
      <button type="button" disabled=${at === 0} onClick=${() => setPage(at - 1)}>Previous</button>
      <span>${count(at * PAGE + 1)} to ${count(Math.min(found.length, (at + 1) * PAGE))} of ${
        count(found.length)}</span>
      <button type="button" disabled=${at === last} onClick=${() => setPage(at + 1)}>Next</button>
    </nav>`}`;
}
