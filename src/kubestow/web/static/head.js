// The head of every page: what the cluster costs now and could cost, and how fresh that is.
import { html, Text, useEffect, useRef, useState } from "./ui.js";
import {
  age, clockTime, count, counted, dateTime, hourly, local, monthly, percent, unusedText,
} from "./format.js";
import { NamespaceChoice } from "./namespaces.js";
import { shown as shownName } from "./text.js";

const SIGN = html`<span aria-hidden="true">⚠ </span>`;
const TABS = [
  ["#/", "Overview", "overview"],
  ["#/nodes", "Nodes", "nodes"],
  ["#/pods", "Pending pods", "pending"],
  ["#/advice", "Advice", "advice"],
];

// The tab that a page is under: a pod that runs is part of its node.
function tabOf(route, cluster) {
  if (route.page === "node") return "nodes";
  if (route.page !== "pod") return route.page;
  return cluster?.pending.some((item) => item.pods.includes(route.pod)) ? "pending" : "nodes";
}

export function Head({ state, route }) {
  const { cluster, shown } = state;
  const skip = (event) => {
    event.preventDefault();
    document.getElementById("main").focus();
  };
  return html`<header>
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <div class="top">
      <p class="cluster">${cluster ? html`<strong><${Text} of=${cluster.cluster} /></strong> `
        : "kubestow"}
        ${cluster && html`<span class="soft">${cluster.region}</span>`}</p>
      <${Freshness} state=${state} />
      ${cluster && html`<${NamespaceChoice} state=${state} />`}
      <${Theme} />
    </div>
    ${cluster && html`<${Totals} state=${state} />`}
    <nav aria-label="Pages">${TABS.map(([href, label, page]) => html`<a href=${href}
      aria-current=${page === tabOf(route, cluster) ? "page" : undefined}>${label}${
      label === "Pending pods" && shown?.pendingPods > 0
        && html` <span class="badge">${count(shown.pendingPods)}</span>`}</a>`)}</nav>
    <${Trouble} state=${state} />
    <${PendingAnnounced} pending=${shown?.pendingPods} />
  </header>`;
}

function Totals({ state }) {
  const { cluster, namespaces, shown } = state;
  const { cost, minimum } = cluster;
  const unused = unusedText(cluster.reservations);
  const isPart = namespaces.length > 0;
  const where = `in ${namespaces.map(shownName).join(", ")}`;
  const whole = isPart && html`<span>of all namespaces</span>`;
  return html`<dl class="totals">
    <div><dt>Cost now</dt><dd><strong>${hourly(cost.usdPerHour)}</strong>
      <span>${monthly(cost.usdPerMonth)}</span>
      ${cost.local && html`<span>${local(cost.local)}/month</span>`}${whole}
      ${unused && html`<span>for reserved nodes that do not run: ${unused}</span>`}</dd></div>
    <div><dt>Proven minimum</dt><dd>${minimum ? html`<strong>${hourly(minimum.usdPerHour)}</strong>
      <span>${gapText(minimum)}</span>
      <span>cheapest plan found: ${hourly(minimum.cheapestUsdPerHour)}</span>`
      : html`<span>not worked out yet</span>`}${whole}</dd></div>
    <div><dt>Nodes</dt><dd><strong>${count(state.rows.length)}</strong>
      ${cluster.unpricedNodes > 0
        && html`<span>${count(cluster.unpricedNodes)} without a known price</span>`}</dd></div>
    <div><dt>Pods</dt><dd><strong>${count(shown.pods)}</strong>
      ${isPart && html`<span>${where}, of ${count(cluster.pods)}</span>`}</dd></div>
    <div class=${shown.pendingPods ? "waits" : ""}><dt>Pending</dt><dd>
      <strong>${count(shown.pendingPods)}</strong>
      ${isPart && html`<span>${where}, of ${count(cluster.pendingPods)}</span>`}</dd></div>
  </dl>`;
}

export function gapText(minimum) {
  if (minimum.gap === null) return "";
  if (minimum.gap < 0) return `now ${percent(-minimum.gap, 1)} below it: pods are Pending`;
  return minimum.gap < 0.0005 ? "reached now" : `now ${percent(minimum.gap, 1)} above it`;
}

function Freshness({ state }) {
  const { cluster, connection } = state;
  const live = connection === "open" && !state.lag.seconds;
  return html`<p class="fresh soft"><span class="dot ${live ? "live" : ""}" aria-hidden="true"></span>
    ${live ? "Live" : connection === "open" ? "Behind" : "Not connected"}${
    cluster && html`, as of <time datetime=${cluster.at} title=${dateTime(cluster.at)}>${
      clockTime(cluster.at)}</time>`}</p>`;
}

function Theme() {
  const [dark, setDark] = useState(window.kubestowTheme.isDark());
  useEffect(() => {
    const listen = () => setDark(window.kubestowTheme.isDark());
    addEventListener("themechange", listen);
    return () => removeEventListener("themechange", listen);
  }, []);
  return html`<button type="button" class="small" onClick=${window.kubestowTheme.toggle}>${
    dark ? "Light theme" : "Dark theme"}</button>`;
}

// A banner while what is shown may be old. Screen readers hear of it once, not of every second.
function Trouble({ state }) {
  const { lag, connection } = state;
  const lost = connection === "lost";
  const behind = !lost && lag.seconds > 0;
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    if (!behind) return undefined;
    setNow(performance.now());
    const ticks = setInterval(() => setNow(performance.now()), 5000);
    return () => clearInterval(ticks);
  }, [behind, lag]);
  const seconds = lag.seconds + Math.max(0, (now - lag.heard) / 1000);
  return html`<div role="status">${lost && html`<p class="banner">${SIGN}The connection to kubestow
      serve is lost; connecting again. What is shown may be old.</p>`}
    ${behind && html`<p class="banner">${SIGN}Not heard of the API server <span
      aria-hidden="true">for ${age(seconds)}</span>${lag.message && html`: <${Text}
      of=${lag.message} />`}</p>`}</div>`;
}

const QUIET = 5000; // ms between two announcements

// Tells screen readers of Pending pods, when their number has settled.
function PendingAnnounced({ pending }) {
  const [said, setSaid] = useState("");
  const before = useRef(undefined);
  useEffect(() => {
    if (pending === undefined || before.current === pending) return undefined;
    if (before.current === undefined) { before.current = pending; return undefined; }
    const waits = setTimeout(() => {
      before.current = pending;
      setSaid(`${counted(pending, "pod")} Pending`);
    }, QUIET);
    return () => clearTimeout(waits);
  }, [pending]);
  return html`<p class="hidden" id="announced" aria-live="polite">${said}</p>`;
}

export function Foot({ state }) {
  const { cluster, settings } = state;
  return html`<footer class="soft">
    ${cluster && html`<p>Prices: ${cluster.priceSources.join("; ")}.
      ${settings && ` A month has ${count(settings.hoursPerMonth)} hours.`}</p>`}
    ${cluster?.notes.map((note) => html`<p><${Text} of=${note} /></p>`)}
    <p>kubestow ${settings?.version}: this page only reads. Keys: <kbd>/</kbd> filter, ${" "}
      <kbd>Esc</kbd> back.</p>
  </footer>`;
}
