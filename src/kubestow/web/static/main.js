// The page: its head, the part of it that the address names, and its foot.
import { html, render, useEffect, useErrorBoundary, useMemo } from "./ui.js";
import { start } from "./api.js";
import { podsShown } from "./namespaces.js";
import { useStore } from "./store.js";
import { useKeys, useRoute } from "./route.js";
import { Foot, Head } from "./head.js";
import { Overview } from "./overview.js";
import { Nodes } from "./nodes.js";
import { NodePage } from "./node-page.js";
import { PodPage } from "./pod-page.js";
import { Pending } from "./pending.js";
import { Advice } from "./advice.js";

const PAGES = {
  overview: [Overview, () => "Overview"],
  nodes: [Nodes, () => "Nodes"],
  node: [NodePage, (route) => route.node],
  pending: [Pending, () => "Pending pods"],
  pod: [PodPage, (route) => route.pod],
  advice: [Advice, () => "Advice"],
};

function Page({ route, state }) {
  const [error, again] = useErrorBoundary();
  if (error) {
    return html`<h1 tabindex="-1">This page failed</h1>
      <p>${String(error.message)}</p><button type="button" onClick=${again}>Try again</button>`;
  }
  if (!state.cluster) {
    return html`<h1 tabindex="-1">Reading the cluster</h1>
      <p role="status">Waiting for the first list of its nodes and pods.</p>`;
  }
  const [Shown] = PAGES[route.page];
  return html`<${Shown} state=${state} route=${route} />`;
}

function App() {
  const seen = useStore();
  const pods = useMemo(() => podsShown(seen), [seen.cluster, seen.rows, seen.namespaces]);
  const state = { ...seen, shown: pods }; // the pods of the namespaces that were chosen
  const route = useRoute();
  useKeys(route.page);
  const title = PAGES[route.page][1](route);
  const cluster = state.cluster?.cluster;
  useEffect(() => {
    document.title = [title, cluster, "kubestow"].filter(Boolean).join(" - ");
  }, [title, cluster]);
  return html`<${Head} state=${state} route=${route} />
    <main id="main" tabindex="-1">
      <${Page} key=${route.page + (route.node ?? route.pod ?? "")} route=${route} state=${state} />
    </main>
    <${Foot} state=${state} />`;
}

render(html`<${App} />`, document.getElementById("app"));
start();
