// Of which namespaces pods are shown: of all, or of those that were chosen.
import { Choice, html, useMemo } from "./ui.js";
import { change } from "./store.js";
import { shown } from "./text.js";

const namespaceOf = (pod) => pod.slice(0, pod.indexOf("/"));

export const isShown = (pod, namespaces) =>
  !namespaces.length || namespaces.includes(namespaceOf(pod));

// "namespace shop", for totals that are not of all pods.
export const named = (namespaces) =>
  `namespace${namespaces.length === 1 ? "" : "s"} ${namespaces.map(shown).join(", ")}`;

// The pods that are shown: how many there are, those that wait, and how many of them.
export function podsShown({ cluster, rows, namespaces }) {
  if (!cluster) return null;
  const { pending, pendingPods, pods } = cluster;
  if (!namespaces.length) return { pending, pendingPods, pods };
  const waiting = pending
    .map((item) => ({ ...item, pods: item.pods.filter((pod) => isShown(pod, namespaces)) }))
    .filter((item) => item.pods.length);
  const waits = waiting.reduce((sum, item) => sum + item.pods.length, 0);
  const runs = rows.reduce((sum, node) => sum + countShown(node, namespaces), 0);
  return { pending: waiting, pendingPods: waits, pods: waits + runs };
}

export const countShown = (node, namespaces) =>
  node.pods.filter(({ pod }) => isShown(pod, namespaces)).length;

// The namespaces that pods are in, and those that were chosen, in order.
function namesIn({ cluster, rows, namespaces }) {
  const found = new Set(namespaces);
  for (const node of rows) for (const { pod } of node.pods) found.add(namespaceOf(pod));
  for (const item of cluster.pending) for (const pod of item.pods) found.add(namespaceOf(pod));
  return [...found].sort();
}

export function NamespaceChoice({ state }) {
  const { cluster, rows, namespaces, settings } = state;
  const names = useMemo(() => namesIn(state), [cluster, rows, namespaces]);
  const given = settings?.namespaces ?? [];
  const options = [["", ["all"]], ...names.map((name) => [name, [shown(name)]])];
  if (given.length > 1) options.splice(1, 0, [given.join(), [given.map(shown).join(", ")]]);
  return html`<${Choice} label="Pods of namespace" options=${Object.fromEntries(options)}
    value=${namespaces.join()}
    onChoose=${(value) => change({ namespaces: value.split(",").filter(Boolean) })} />`;
}
