// What the cluster cost in the hours before, and now: the server's record, extended by the stream.
import { useEffect, useRef, useState } from "./ui.js";
import { get } from "./api.js";

const NAMES = ["at", "cost", "minimum", "cheapest", "pending", "nodes"];

export function point(cluster, nodes) {
  return {
    at: Date.parse(cluster.at) / 1000,
    cost: cluster.cost.usdPerHour,
    minimum: cluster.minimum?.usdPerHour ?? null,
    cheapest: cluster.minimum?.cheapestUsdPerHour ?? null,
    pending: cluster.pendingPods,
    nodes,
  };
}

// A record with one more point, without what is older than its hours. Points of the same instant
// are one.
export function extended(record, next, hours) {
  if (!(next.at > (record.at.at(-1) ?? 0))) return record;
  const first = record.at.findIndex((at) => at >= next.at - hours * 3600);
  const from = first < 0 ? record.at.length : first;
  return Object.fromEntries(NAMES.map((name) =>
    [name, [...(record[name] ?? []).slice(from), next[name]]]));
}

// {record, error}: the record of so many hours; a new one after every connection.
export function useHistory(state, hours) {
  const [found, setFound] = useState({ record: null, error: null });
  const latest = useRef(null);
  latest.current = point(state.cluster, state.rows.length);
  useEffect(() => {
    const stop = new AbortController();
    get(`/api/history?hours=${hours}`, stop.signal).then(
      (record) => setFound({ record: extended(record, latest.current, hours), error: null }),
      (error) => {
        if (error.name !== "AbortError") setFound((old) => ({ ...old, error }));
      },
    );
    return () => stop.abort();
  }, [hours, state.fullVersion]);
  useEffect(() => {
    setFound((old) => (old.record
      ? { ...old, record: extended(old.record, latest.current, hours) } : old));
  }, [state.cluster.at]);
  return found;
}
