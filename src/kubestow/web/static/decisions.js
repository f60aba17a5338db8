// The next decision of each policy: what goes, what comes, whom it evicts, and why nodes stay.
import { Folded, html, NodeLink, PodLink, Text } from "./ui.js";
import { age, count, counted, hourlyNumber, monthlyNumber, shortName } from "./format.js";
import { Scroll } from "./table.js";

// The nodes of a fleet: "3 × c5a.large, 2 × m7i.large spot, 4 that stay".
export function kindsText(fleet) {
  const parts = fleet.kinds.map((kind) => `${count(kind.nodes)} × ${kind.instanceType}${
    kind.capacityType === "on-demand" ? "" : ` ${kind.capacityType}`}`);
  const stay = fleet.nodes - fleet.kinds.reduce((sum, kind) => sum + kind.nodes, 0);
  if (stay > 0) parts.push(`${count(stay)} that stay`);
  return parts.join(", ");
}

const doesNothing = (item) => !item.removes.length && !item.launches.nodes;

function Details({ item }) {
  const parts = [
    ["Nodes that go", item.removes, "nodes", (node) => html`<${NodeLink} node=${node} label=${shortName(node)} />`],
    ["Pods that move", item.evicted, "pods", (pod) => html`<${PodLink} pod=${pod} />`],
  ].filter(([, items]) => items.length);
  if (!parts.length && !item.kept.length) return null;
  return html`<h3>${item.policy}</h3>
    ${parts.map(([label, items, what, draw]) => html`<p class="label">${label}</p>
      <${Folded} items=${items} what=${what} draw=${draw} />`)}
    ${item.kept.length > 0 && html`<details open=${item.kept.length <= 8}>
      <summary>Why ${counted(item.kept.length, "node")} ${item.kept.length === 1 ? "stays" : "stay"}
      </summary><${Scroll} label="Why nodes stay: ${item.policy}"><table><thead><tr>
      <th scope="col">Node</th><th scope="col">Reason</th><th scope="col">Because of</th></tr></thead>
      <tbody>${item.kept.map((kept) => html`<tr key=${kept.node}>
        <th scope="row"><${NodeLink} node=${kept.node} label=${shortName(kept.node)} /></th>
        <td class="wraps"><${Text} of=${kept.reason} /></td>
        <td class="wraps"><${Text} of=${kept.subject} /></td></tr>`)}</tbody></table><//></details>`}`;
}

export function decisionsPart(decisions) {
  const change = (value, text) => (value === 0 ? "0" : `${value < 0 ? "+" : ""}${text(-value)}`);
  return html`<${Scroll} label="Decisions"><table><thead><tr><th scope="col">Policy</th>
    <th scope="col">Why</th><th scope="col">Launches</th>
    <th scope="col" class="right">Removes</th><th scope="col" class="right">Evicts</th>
    <th scope="col" class="right">Change, USD/h</th><th scope="col" class="right">USD/month</th>
    <th scope="col" class="right">After</th></tr></thead>
    <tbody>${decisions.map((item) => html`<tr key=${item.policy}>
      <th scope="row">${item.policy}</th>
      <td>${doesNothing(item) ? "nothing to do" : item.reasons.join(", ")}</td>
      <td class="wraps">${item.launches.nodes ? kindsText(item.launches) : "nothing"}</td>
      <td class="right">${counted(item.removes.length, "node")}</td>
      <td class="right">${count(item.evicted.length)} ${
        item.evicted.length === 1 ? "pod" : "pods"}</td>
      <td class="right">${change(item.savingUsdPerHour, hourlyNumber)}</td>
      <td class="right">${change(item.savingUsdPerMonth, monthlyNumber)}</td>
      <td class="right">${doesNothing(item) ? "" : age(item.afterSeconds)}</td></tr>`)}</tbody>
    </table><//>
    ${decisions.map((item) => html`<${Details} key=${item.policy} item=${item} />`)}`;
}
