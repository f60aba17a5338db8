// Parts that the pages of nodes and pods share: facts, pods, events.
import { html, PodLink, Text } from "./ui.js";
import { ageAt, amount, count, hourlyNumber, quantity } from "./format.js";
import { Heads, Scroll, useOrder } from "./table.js";

const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

// Names and values side by side; those without a value are left out.
export const Facts = ({ facts, rows }) => html`<dl class=${rows ? "facts rows" : "facts"}>${facts
  .filter(([, value]) => value !== "" && value !== null && value !== undefined)
  .map(([name, value]) => html`<div key=${name}><dt>${capital(name)}</dt>
    <dd>${typeof value === "string" ? html`<${Text} of=${value} />` : value}</dd></div>`)}</dl>`;

export const isWell = (pod) => /^(Running|Succeeded|Completed)$/.test(pod.status)
  && (pod.status !== "Running" || pod.ready === pod.containers);

export const PodStatus = ({ pod }) => (isWell(pod) ? html`<${Text} of=${pod.status} />`
  : html`<strong class="trouble"><span aria-hidden="true">⚠ </span><${Text} of=${pod.status} />
    </strong>`);

const of = (pod, resource) => {
  const value = quantity(pod.requests[resource]);
  return Number.isNaN(value) ? null : value;
};
const COLUMNS = [
  { key: "pod", title: "Pod", value: (p) => p.pod },
  { key: "status", title: "Status", value: (p) => p.status },
  { key: "ready", title: "Ready", right: true, value: (p) => p.ready },
  { key: "restarts", title: "Restarts", right: true, downFirst: true, value: (p) => p.restarts },
  { key: "cpu", title: "CPU", right: true, downFirst: true, value: (p) => of(p, "cpu") },
  { key: "memory", title: "Memory", right: true, downFirst: true, value: (p) => of(p, "memory") },
  { key: "price", title: "USD/h", right: true, downFirst: true, value: (p) => p.usdPerHour },
  { key: "age", title: "Age", right: true,
    value: (p) => (p.createdAt ? -Date.parse(p.createdAt) : null) },
];

const Amount = ({ pod, resource }) => html`${resource in pod.requests
  ? amount(resource, pod.requests[resource]) : html`<span class="soft">none</span>`}${
  pod.used?.[resource] && html`<small class="block soft">${
    amount(resource, pod.used[resource])} used</small>`}`;

export function PodTable({ pods, at }) {
  const { order, by, inOrder } = useOrder(pods, COLUMNS, null);
  if (!pods.length) return html`<p class="soft">None.</p>`;
  return html`<${Scroll} label="Pods"><table><caption>What each pod requests, and its part of the
    node's price by the larger of its shares of cpu and memory.</caption>
    <${Heads} columns=${COLUMNS} order=${order} by=${by} />
    <tbody>${inOrder.map((pod) => html`<tr key=${pod.pod}>
      <th scope="row"><${PodLink} pod=${pod.pod} />${pod.bound
        && html` <small class="soft">DaemonSet</small>`}</th>
      <td><${PodStatus} pod=${pod} /></td>
      <td class="right">${pod.ready} of ${pod.containers}</td>
      <td class="right">${count(pod.restarts)}</td>
      <td class="right"><${Amount} pod=${pod} resource="cpu" /></td>
      <td class="right"><${Amount} pod=${pod} resource="memory" /></td>
      <td class="right">${pod.usdPerHour === null ? "" : hourlyNumber(pod.usdPerHour)}</td>
      <td class="right">${ageAt(pod.createdAt, at)}</td></tr>`)}</tbody></table><//>`;
}

export const Events = ({ events, at }) => (events.length ? html`<${Scroll} label="Events"><table>
  <thead><tr><th scope="col" class="right">Age</th><th scope="col">Type</th>
    <th scope="col">Reason</th><th scope="col">Message</th><th scope="col" class="right">Count</th>
    <th scope="col">Source</th></tr></thead>
  <tbody>${events.map((event) => html`<tr><td class="right">${ageAt(event.at, at)}</td>
    <td>${event.type === "Warning" ? html`<strong class="trouble"><span aria-hidden="true">⚠ </span>
      Warning</strong>` : event.type}</td>
    <td><${Text} of=${event.reason} /></td>
    <td class="wraps lines"><${Text} of=${event.message} lines /></td>
    <td class="right">${count(event.count)}</td><td><${Text} of=${event.source} /></td></tr>`)}
  </tbody></table><//>` : html`<p class="soft">None.</p>`);
