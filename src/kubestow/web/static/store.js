// What is known of the cluster, and who wants to hear of a change. Rows of nodes that did not change
// stay the same objects, so that nothing of them is drawn again.
import { useEffect, useState } from "./ui.js";

const collator = new Intl.Collator("en", { numeric: true });
export const byName = (a, b) => collator.compare(a.name, b.name);

let state = {
  cluster: null, // ClusterView without its nodes
  nodes: new Map(), // rows by name
  rows: [], // the same, in order of name
  connection: "connecting", // "connecting", "open", "lost"
  lag: { seconds: 0, message: "", heard: 0 },
  adviceVersion: 0, // grows when a new advice is ready
  fullVersion: 0, // grows when everything was sent anew
  settings: null,
  namespaces: [], // of which pods are shown; none means all
};
const listeners = new Set();

export const current = () => state;

export function change(part) {
  state = { ...state, ...part };
  for (const listener of listeners) listener(state);
}

// Take an event of the cluster: its totals, changed rows and the names of nodes that are gone.
export function takeCluster({ head, changed, gone, full }) {
  const nodes = full ? new Map() : new Map(state.nodes);
  const size = nodes.size;
  let isNew = full;
  for (const name of gone) isNew = nodes.delete(name) || isNew;
  for (const row of changed) {
    isNew = isNew || !nodes.has(row.name);
    nodes.set(row.name, row);
  }
  const rows = isNew || nodes.size !== size
    ? [...nodes.values()].sort(byName)
    : state.rows.map((row) => nodes.get(row.name));
  change({
    cluster: { ...head, nodes: undefined }, nodes, rows,
    fullVersion: state.fullVersion + (full ? 1 : 0),
  });
}

// The state, drawn again with every change, at most once a frame.
export function useStore() {
  const [seen, setSeen] = useState(state);
  useEffect(() => {
    let waits = 0;
    const listen = () => {
      waits ||= requestAnimationFrame(() => { waits = 0; setSeen(state); });
    };
    listeners.add(listen);
    listen();
    return () => { listeners.delete(listen); cancelAnimationFrame(waits); };
  }, []);
  return seen;
}
