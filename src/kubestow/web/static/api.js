// The server: answers in JSON, and the stream of changes.
import { change, current, takeCluster } from "./store.js";

const FALLBACK_AFTER = 4000; // ms without a first message: something holds the stream back
const AGAIN_AFTER = 3000; // ms before a stream that was refused is asked for again

// Get an answer. Throws {message, hint, status}.
export async function get(path, signal) {
  let answer;
  try {
    answer = await fetch(path, { signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw Object.assign(new Error("the server of this page cannot be reached"), {
      hint: "is 'kubestow serve' still running?", status: 0,
    });
  }
  if (answer.status === 401) {
    location.assign("/login");
    throw Object.assign(new Error("a token is needed"), { status: 401 });
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  throw Object.assign(new Error(body.error || `the server answers ${answer.status}`), {
    hint: body.hint || "", status: answer.status,
  });
}

// Follow the cluster. The browser connects again by itself, unless the server refuses the stream.
export function follow() {
  const stream = new EventSource("/events");
  const hear = (name, take) => stream.addEventListener(name, (event) => {
    let data;
    try { data = JSON.parse(event.data); } catch { return; }
    take(data);
  });
  stream.addEventListener("open", () => change({ connection: "open" }));
  hear("cluster", takeCluster);
  hear("advice", () => change({ adviceVersion: current().adviceVersion + 1 }));
  hear("lag", (lag) => change({ lag: { ...lag, heard: performance.now() } }));
  stream.addEventListener("error", () => {
    change({ connection: current().cluster ? "lost" : "connecting" });
    if (stream.readyState !== EventSource.CLOSED) return;
    setTimeout(() => get("/api/settings").catch(() => {}).then(follow), AGAIN_AFTER);
  });
}

export async function start() {
  follow();
  setTimeout(async () => {
    if (current().cluster) return;
    try {
      const cluster = await get("/api/cluster");
      if (current().cluster) return;
      takeCluster({ head: cluster, changed: cluster.nodes, gone: [], full: true });
    } catch { /* the stream says what is wrong */ }
  }, FALLBACK_AFTER);
  const settings = await get("/api/settings").catch(() => null);
  change({ settings, namespaces: settings?.namespaces ?? [] });
}
