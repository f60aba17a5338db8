// Why a pod cannot run and the cheapest changes that let it, worked out when asked for.
import { Failure, html, Text, useState } from "./ui.js";
import { get } from "./api.js";
import { effects, placeText, priceText, reasonText, sentence } from "./changes.js";
import { count, counted, hourly, percent } from "./format.js";
import { podLink } from "./ui.js";
import { Scroll } from "./table.js";

const answers = new Map(); // explanations of this visit, by pod

export function Explain({ pod, waits, level = 3 }) {
  const [found, setFound] = useState(answers.get(pod) ?? null);
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    if (busy) return;
    setBusy(true);
    try {
      const data = await get(`/api${podLink(pod).slice(1)}/explanation`);
      answers.set(pod, { data });
      setFound({ data });
    } catch (error) {
      setFound({ error });
    }
    setBusy(false);
  };
  const label = waits ? "Find the cheapest change" : "Explain";
  return html`<div class="explain">
    <p><button type="button" aria-disabled=${String(busy)} onClick=${ask}>${
      found?.data ? "Work it out again" : label}</button>
    <span role="status" class="soft">${busy ? " Planning; this takes some seconds." : ""}</span></p>
    ${found?.error && html`<${Failure} error=${found.error} />`}
    ${found?.data && html`<${Explanation} data=${found.data} level=${level} />`}</div>`;
}

function Explanation({ data, level }) {
  const Heading = `h${level}`;
  const { status, obstacle, remedies, place, share, nearest } = data;
  const cannot = status === "Unschedulable";
  return html`<div class="explanation">
    ${place && html`<p><${Text} of=${data.pod} /> ${status === "Running" ? "runs" : "can run"} on ${
      html`<${Text} of=${placeText(place)} />`}; no change is needed.</p>`}
    ${share && html`<p>It uses ${percent(share.ofNode)} of the node, ${share.requested} of ${
      share.allocatable} ${share.resource}: ${hourly(share.usdPerHour)}.</p>`}
    ${cannot && data.replicas > 1 && html`<p>${count(data.replicasUnschedulable)} of the ${
      counted(data.replicas, "pod")} of its workload cannot run.</p>`}
    ${obstacle && html`<div class="failure"><p><strong>${obstacle.constraint}</strong>: <${Text}
      of=${obstacle.message} /></p><p><${Text} of=${obstacle.hint} /></p></div>`}
    ${remedies.length > 0 && html`<${Heading}>${remedies.length > 1
      ? "Any one of these lets it run" : "This lets it run"}<//>
      <ol class="remedies">${remedies.map((remedy) => html`<li>
        <p><strong>${remedy.changes.map((change, number) => html`${number > 0 && "; "}<${Text}
          of=${sentence(change)} />`)}</strong></p>
        <p class="price">${priceText(remedy)}</p>
        <ul>${effects(remedy, data.pod).map((text) => html`<li><${Text} of=${text} /></li>`)}</ul>
      </li>`)}</ol>
      <p class="soft">Prices are what a change adds to the cost of the plan for all pods.</p>`}
    ${cannot && !obstacle && !remedies.length && html`<p>No set of up to ${
      counted(data.trials.changesMax, "change")} was found that lets it run; ${
      count(data.trials.combinations)} were considered, ${count(data.trials.plans)} planned.</p>`}
    ${data.reasons.length > 0 && !obstacle && html`<details><summary>Why it fits on no node and on
      nothing that the pools can launch</summary><${Scroll} label="Reasons"><table><thead><tr>
      <th scope="col">Constraint</th><th scope="col" class="right">Refuses</th>
      <th scope="col">Details</th></tr></thead><tbody>${data.reasons.map((reason) => html`<tr>
        <th scope="row">${reason.constraint}</th><td class="right">${count(reason.offerings)}</td>
        <td class="wraps"><${Text} of=${[reason.detail.nodePool, reasonText(reason),
          reason.detail.hint && `(${reason.detail.hint})`].filter(Boolean).join(" ")} /></td>
      </tr>`)}</tbody></table><//>
      ${nearest && html`<p>Nearest miss: <${Text} of=${placeText(nearest.place)} />${
        nearest.shortfalls.map((item) => `; ${item.resource}: ${item.requested} requested, ${
          item.available} available`).join("")}; refused by ${nearest.refusedBy.join(", ")}.</p>`}
      </details>`}
  </div>`;
}
