// Everything about one pod: where it runs or why it waits, and what would let it run.
import { Failure, html, NodeLink, nodeLink, Text } from "./ui.js";
import { ageAt, amount, dateTime, hourly, shortName } from "./format.js";
import { Explain } from "./explanation.js";
import { useFetched } from "./fetched.js";
import { Back } from "./route.js";
import { Events, Facts, PodStatus } from "./parts.js";
import { Pairs } from "./table.js";
import { shown } from "./text.js";

// Where a pod is: the row of its node, which is another when that changes; or why it waits.
function placeOf(state, pod) {
  const waits = state.cluster.pending.find((item) => item.pods.includes(pod));
  return waits ? waits.message
    : state.rows.find((node) => node.pods.some((item) => item.pod === pod));
}

export function PodPage({ state, route }) {
  const [namespace, name] = route.pod.split("/");
  const path = `/api/pods/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
  const place = placeOf(state, route.pod);
  const { data: page, error } = useFetched(path, [place]);
  const title = html`${place?.name
    ? html`<${Back} href=${nodeLink(place.name)} label=${`Node ${shown(shortName(place.name))}`} />`
    : html`<${Back} href="#/pods" label="Pending pods" />`}
    <h1 tabindex="-1"><${Text} of=${route.pod} /></h1>`;
  if (error && (!page || error.status === 404)) return html`${title}<${Failure} error=${error} />`;
  if (!page) return html`${title}<p role="status">Reading the pod.</p>`;
  const { pod } = page;
  return html`${title}
    <${Facts} facts=${[
      ["Status", html`<${PodStatus} pod=${pod} />`],
      ["Message", page.message],
      ["Node", page.node ? html`<${NodeLink} node=${page.node} />` : "none yet"],
      ["Owner", page.owner || "none"],
      ["Ready containers", `${pod.ready} of ${pod.containers}`],
      ["Restarts", String(pod.restarts)],
      ["Age", `${ageAt(pod.createdAt, page.at)}, since ${dateTime(pod.createdAt)}`],
      ["Part of the node's price", pod.usdPerHour === null ? "" : hourly(pod.usdPerHour)],
    ]} />
    ${page.pending && html`<h2>Why it waits</h2>
      <p class="verdict"><${Text} of=${page.pending.message} /></p>
      ${page.pending.reason && html`<p>Refused on most nodes by <strong>${page.pending.reason}
        </strong>.</p>`}`}
    <h2>Requests</h2>
    <${Pairs} label="Requests" heads=${["Resource", pod.used ? "Requested (used)" : "Requested"]}
      pairs=${Object.entries(pod.requests).map(([resource, text]) => [resource,
        amount(resource, text) + (pod.used?.[resource]
          ? ` (${amount(resource, pod.used[resource])} used)` : "")])} />
    <h2>${page.pending ? "What would let it run" : "How it fits"}</h2>
    <${Explain} pod=${route.pod} waits=${Boolean(page.pending)} />
    <h2>Events</h2><${Events} events=${page.events} at=${page.at} />
    <h2>Labels</h2><${Pairs} label="Labels" pairs=${Object.entries(page.labels)} />`;
}
