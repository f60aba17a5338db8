// Everything about one node, in the order of the EKS console's page.
import { Failure, html, Text } from "./ui.js";
import { Bar, shareOf } from "./bar.js";
import { ageAt, amount, count, counted, dateTime, hourly, percent, quantity } from "./format.js";
import { useFetched } from "./fetched.js";
import { isShown, named } from "./namespaces.js";
import { Back } from "./route.js";
import { Events, Facts, PodTable } from "./parts.js";
import { Status } from "./nodes.js";
import { Pairs, Scroll } from "./table.js";

const FIRST = ["cpu", "memory", "pods"];

function Allocated({ page }) {
  const names = [...FIRST, ...Object.keys(page.allocatable).filter((n) => !FIRST.includes(n))];
  const used = { cpu: page.node.cpu.used, memory: page.node.memory.used };
  const row = (name) => {
    const requested = name === "pods" ? String(page.pods.length) : page.requested[name] ?? "0";
    const share = shareOf(quantity(requested), quantity(page.allocatable[name]));
    const busy = used[name] === null || used[name] === undefined ? undefined
      : shareOf(used[name], page.node[name].allocatable);
    return html`<tr key=${name}><th scope="row"><${Text} of=${name} /></th>
      <td class="wide"><span class="resource"><${Bar} share=${share} used=${busy} />
        <span class="figure">${percent(share)}</span></span></td>
      <td class="right">${amount(name, requested)}</td>
      <td class="right">${busy === undefined ? html`<span class="soft">${
        name in used ? "unknown" : ""}</span>`
        : `${amount(name, String(name === "cpu" ? used[name] / 1000 : used[name]))} (${
          percent(busy)})`}</td>
      <td class="right">${amount(name, page.allocatable[name])}</td>
      <td class="right">${amount(name, page.capacity[name] ?? page.allocatable[name])}</td></tr>`;
  };
  return html`<${Scroll} label="Capacity"><table><thead><tr><th scope="col">Resource</th>
    <th scope="col">Requested of allocatable</th><th scope="col" class="right">Requested</th>
    <th scope="col" class="right">Used</th><th scope="col" class="right">Allocatable</th>
    <th scope="col" class="right">Capacity</th></tr></thead>
    <tbody>${names.map(row)}</tbody></table><//>`;
}

const Conditions = ({ page }) => (page.conditions.length ? html`<${Scroll} label="Conditions">
  <table><thead><tr><th scope="col">Condition</th><th scope="col">Status</th>
    <th scope="col">Reason</th><th scope="col">Message</th><th scope="col">Since</th></tr></thead>
  <tbody>${page.conditions.map((item) => html`<tr key=${item.type}>
    <th scope="row"><${Text} of=${item.type} /></th>
    <td>${item.good ? item.status : html`<strong class="trouble"><span aria-hidden="true">⚠ </span>${
      item.status}</strong>`}</td>
    <td><${Text} of=${item.reason} /></td>
    <td class="wraps lines"><${Text} of=${item.message} lines /></td>
    <td>${dateTime(item.since)}</td></tr>`)}</tbody></table><//>`
  : html`<p class="soft">None.</p>`);

const Taints = ({ page }) => (page.taints.length ? html`<${Scroll} label="Taints"><table>
  <thead><tr><th scope="col">Key</th><th scope="col">Value</th><th scope="col">Effect</th></tr></thead>
  <tbody>${page.taints.map((taint) => html`<tr><th scope="row"><${Text} of=${taint.key} /></th>
    <td><${Text} of=${taint.value} /></td><td>${taint.effect}</td></tr>`)}</tbody></table><//>`
  : html`<p class="soft">None.</p>`);

export function NodePage({ state, route }) {
  const row = state.nodes.get(route.node);
  const { data: page, error } = useFetched(`/api/nodes/${encodeURIComponent(route.node)}`, [row]);
  const title = html`<${Back} href="#/nodes" label="All nodes" />
    <h1 tabindex="-1"><${Text} of=${route.node} /></h1>`;
  if (error && !page) return html`${title}<${Failure} error=${error} />`;
  if (!page) return html`${title}<p role="status">Reading the node.</p>`;
  const { node } = page;
  const { namespaces } = state;
  const pods = page.pods.filter((item) => isShown(item.pod, namespaces));
  return html`${title}
    ${!row && html`<p class="banner">This node is gone. What follows is the last that was seen of
      it.</p>`}
    <${Facts} facts=${[
      ["Status", html`<${Status} node=${node} />`],
      ["Instance type", node.instanceType],
      ["Price", node.usdPerHour === null ? "unknown" : hourly(node.usdPerHour)],
      ["Reserved", node.reservation],
      ["Capacity type", node.capacityType],
      [node.group ? node.groupKind : "Node pool", node.group || "none known"],
      ["Zone", node.zone],
      ["Age", `${ageAt(node.createdAt, page.at)}, since ${dateTime(node.createdAt)}`],
      ["Instance", page.instanceId],
      ...page.addresses,
      ...Object.entries(page.system),
    ]} />
    <h2>Capacity and requests</h2><${Allocated} page=${page} />
    <h2>Conditions</h2><${Conditions} page=${page} />
    <h2>Taints</h2><${Taints} page=${page} />
    <h2>Pods</h2>${namespaces.length > 0 && html`<p class="soft">${count(pods.length)} of ${
      counted(page.pods.length, "pod")}: those of ${named(namespaces)}.</p>`}
    <${PodTable} pods=${pods} at=${page.at} />
    <h2>Events</h2><${Events} events=${page.events} at=${page.at} />
    <h2>Labels</h2><${Pairs} label="Labels" pairs=${Object.entries(page.labels)} />
    <h2>Annotations</h2><${Pairs} label="Annotations" pairs=${Object.entries(page.annotations)} />`;
}
