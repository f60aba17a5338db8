// Pods that wait, and why, in kube-scheduler's words.
import { Folded, html, PodLink, Text } from "./ui.js";
import { counted } from "./format.js";
import { named } from "./namespaces.js";
import { Explain } from "./explanation.js";

export function Pending({ state }) {
  const { namespaces, shown: { pending } } = state;
  return html`<h1 tabindex="-1">Pending pods</h1>
    ${!pending.length && html`<p>No pod${namespaces.length > 0
      && ` of ${named(namespaces)}`} waits for a node.</p>`}
    ${pending.map((item) => html`<section class="waiting" key=${item.pods[0]}>
      <h2>${item.pods.length === 1 ? html`<${PodLink} pod=${item.pods[0]} />`
        : `${counted(item.pods.length, "pod")} alike`}</h2>
      <p class="verdict"><${Text} of=${item.message} /></p>
      ${item.reason && html`<p>Refused on most nodes by <strong>${item.reason}</strong>.</p>`}
      ${item.pods.length > 1 && html`<${Folded} items=${item.pods} what="pods"
        draw=${(pod) => html`<${PodLink} pod=${pod} />`} />`}
      <${Explain} pod=${item.pods[0]} waits=${true} level=${3} />
    </section>`)}`;
}
