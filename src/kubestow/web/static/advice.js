// What the cluster could cost, where the difference is, and what each policy would do next.
import { Failure, Folded, html, PodLink, Text } from "./ui.js";
import { decisionsPart, kindsText } from "./decisions.js";
import {
  counted, dateTime, hourly, hourlyNumber, local, monthly, monthlyNumber, percent, unusedText,
} from "./format.js";
import { useFetched } from "./fetched.js";
import { Facts } from "./parts.js";
import { Scroll } from "./table.js";

const CAUSES = {
  "empty nodes": "Empty nodes: only DaemonSets run on them",
  "unused room": "Unused room: the same kinds of nodes, packed anew",
  "unused reservations": "Reserved nodes that do not run now",
  "kinds of nodes": "Kinds of nodes: others that the pools allow",
  "cannot move": "Held for now by pods that must stay",
};

const money = (cost) => [hourly(cost.usdPerHour), monthly(cost.usdPerMonth),
  cost.local && `${local(cost.local)}/month`].filter(Boolean).join(", ");

const fleetText = (fleet) =>
  `${money(fleet.cost)}: ${counted(fleet.nodes, "node")}${fleet.kinds.length
    ? ` (${kindsText(fleet)})` : ""}`;

// The way from what runs to the minimum, in rows: {label, hour, month, from, to, kind}.
export function steps(advice) {
  const { cost, cheapest, reachable, minimum, wastes } = advice;
  const rate = cost.usdPerHour > 0 ? cost.usdPerMonth / cost.usdPerHour : 0;
  const rows = [{ label: "Cost now", hour: cost.usdPerHour, month: cost.usdPerMonth, from: 0,
    to: cost.usdPerHour, kind: "now", note: counted(advice.nodes, "node") }];
  let at = cost.usdPerHour;
  for (const waste of wastes.filter((item) => item.cause !== "cannot move")) {
    rows.push({ label: CAUSES[waste.cause] ?? waste.cause, hour: -waste.usdPerHour,
      month: -waste.usdPerMonth, from: at - waste.usdPerHour, to: at, kind: "saved" });
    at -= waste.usdPerHour;
  }
  rows.push({ label: "Cheapest plan found", hour: cheapest.cost.usdPerHour,
    month: cheapest.cost.usdPerMonth, from: 0, to: cheapest.cost.usdPerHour, kind: "plan",
    note: `${counted(cheapest.nodes, "node")}: ${kindsText(cheapest)}` });
  const held = wastes.find((item) => item.cause === "cannot move");
  if (held) {
    rows.push({ label: CAUSES["cannot move"], hour: -held.usdPerHour, month: -held.usdPerMonth,
      from: cheapest.cost.usdPerHour, to: cheapest.cost.usdPerHour - held.usdPerHour,
      kind: "held" });
    rows.push({ label: "Reachable now", hour: reachable.cost.usdPerHour,
      month: reachable.cost.usdPerMonth, from: 0, to: reachable.cost.usdPerHour, kind: "plan",
      note: `${counted(reachable.nodes, "node")}: ${kindsText(reachable)}` });
  }
  rows.push({ label: "Proven minimum", hour: minimum.usdPerHour, month: minimum.usdPerHour * rate,
    from: 0, to: minimum.usdPerHour, kind: "least", note: "no plan can cost less" });
  return rows;
}

const signed = (row, text) => (row.kind === "held" ? `+${text}` : text);

function Steps({ advice }) {
  const rows = steps(advice);
  const most = Math.max(...rows.map((row) => row.to), 1e-9);
  const at = (value) => `${((100 * Math.max(0, value)) / most).toFixed(2)}%`;
  return html`<${Scroll} label="From what runs to the minimum"><table class="steps"><thead><tr>
    <th scope="col">Step</th><th scope="col" class="right">USD/h</th>
    <th scope="col" class="right">USD/month</th><th scope="col">
      <span class="hidden">Drawn</span></th></tr></thead>
    <tbody>${rows.map((row) => html`<tr class=${row.kind}>
      <th scope="row" class="wraps">${row.label}${row.note
        && html`<small class="block soft">${row.note}</small>`}</th>
      <td class="right">${signed(row, hourlyNumber(row.hour))}</td>
      <td class="right">${signed(row, monthlyNumber(row.month))}</td>
      <td class="drawn"><span class="track" aria-hidden="true"><i style=${{
        left: at(row.from), width: at(row.to - row.from) }}></i></span></td></tr>`)}
    </tbody></table><//>`;
}

export function Advice({ state }) {
  const { data: advice, error } = useFetched("/api/advice", [state.adviceVersion]);
  const title = html`<h1 tabindex="-1">Advice</h1>
    <p class="lead">What the cluster could cost, and what each autoscaler would do next. Nothing of
      it is carried out: kubestow serve only reads.</p>`;
  if (error?.status === 503) {
    return html`${title}<p role="status"><strong>The advice is ${error.message}.</strong> ${
      error.hint}</p>`;
  }
  if (error && !advice) return html`${title}<${Failure} error=${error} />`;
  if (!advice) return html`${title}<p role="status">Reading the advice.</p>`;
  const { saving } = advice;
  return html`${title}
    <p>${saving.usdPerHour > 0 ? html`<strong>${money(saving)}</strong> can be saved now: ${
      percent(saving.usdPerHour / advice.cost.usdPerHour)} of the cost.`
      : "Nothing can be saved now with the pods that run and wait."}
      <span class="soft"> Worked out at ${dateTime(advice.at)}.</span></p>
    <h2>From the cost now to the cheapest plan</h2>
    <${Steps} advice=${advice} />
    <${Facts} rows facts=${[
      ["If every pod could run on spot", advice.spot && fleetText(advice.spot)],
      ["Paid for reserved nodes that do not run", unusedText(advice.reservations)],
      ["Requested by DaemonSets", money(advice.daemonSets)],
      ["Requested and not used", advice.unusedRequests ? money(advice.unusedRequests)
        : "unknown: metrics-server does not answer"],
      ["Pods of nodes that stay in every plan", advice.immovable.length > 0
        && html`<${Folded} items=${advice.immovable} what="pods"
          draw=${(pod) => html`<${PodLink} pod=${pod} />`} />`],
      ["Node groups known by their nodes alone, taken to be free in their kinds",
        advice.assumedPools.join(", ")],
    ].filter(([, value]) => value)} />
    <h2>What each autoscaler would do next</h2>
    ${decisionsPart(advice.decisions)}
    <h2>Go on in the terminal</h2>
    <dl class="commands">
      <div><dt><code>kubestow plan --cluster --from-scratch</code></dt>
        <dd>the cheapest plan for these pods, node by node, with its proof</dd></div>
      <div><dt><code>kubestow compare --cluster</code></dt>
        <dd>the same pods on managed node groups, Karpenter, Auto Mode and Fargate</dd></div>
    </dl>
    ${advice.notes.length > 0 && html`<h2>Notes</h2><ul>${advice.notes.map((note) =>
      html`<li><${Text} of=${note} /></li>`)}</ul>`}`;
}
