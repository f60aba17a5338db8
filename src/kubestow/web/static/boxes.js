// The cluster as boxes: a box a node, filled by its pods in proportion to what they request.
import { html, memo, nodeLink, Text } from "./ui.js";
import { count, counted, hourly, hourlyNumber, percent, shortName } from "./format.js";
import { countShown, isShown, named } from "./namespaces.js";
import { shown } from "./text.js";

const GAP = 0.6; // of a width of 100, between two pods

// Where each pod of a node lies on a width of 100. The parts add up to what the node's pods request.
export function strips(node) {
  const sum = node.pods.reduce((total, pod) => total + pod.share, 0);
  const scale = sum > 0 ? (100 * node.share) / sum : 0;
  let at = 0;
  return node.pods.map((pod) => {
    const from = at;
    at += pod.share * scale;
    return { pod, from, to: at };
  });
}

const path = (parts) => parts.map(({ from, to }) => {
  const end = Math.max(from + Math.min(0.4, to - from), to - GAP);
  return `M${from.toFixed(2)} 0H${end.toFixed(2)}V1H${from.toFixed(2)}z`;
}).join("");

export const STEPS = [[0.25, "under 25 %"], [0.5, "25 to 50 %"], [0.75, "50 to 75 %"],
  [Infinity, "75 % and more"]];
const step = (share) => STEPS.findIndex(([limit]) => share < limit);

export const isReady = (node) => node.status === "Ready";

// What is not usual about a node's status, in short words: not by colour alone.
export function marks(node) {
  const parts = node.status.split(",").filter((part) => part !== "Ready");
  return parts.map((part) => (part === "SchedulingDisabled" ? "cordoned" : part)).join(", ");
}

function spoken(node, namespaces) {
  const price = node.usdPerHour === null ? "price unknown" : hourly(node.usdPerHour);
  return [shown(node.name), isReady(node) ? "" : marks(node), `${percent(node.share)} requested`,
    namespaces.length ? `${count(countShown(node, namespaces))} of ${
      counted(node.pods.length, "pod")} in ${named(namespaces)}` : counted(node.pods.length, "pod"),
    node.instanceType, node.capacityType, price]
    .filter(Boolean).join(", ");
}

export const Box = memo(({ node, first, namespaces }) => {
  const all = strips(node);
  const parts = all.filter((part) => isShown(part.pod.pod, namespaces));
  const others = all.filter((part) => !isShown(part.pod.pod, namespaces));
  const trouble = marks(node);
  return html`<li><a class="box s${step(node.share)} ${trouble ? "troubled" : ""}"
    href=${nodeLink(node.name)} data-node=${node.name} tabindex=${first ? 0 : -1}
    aria-label=${spoken(node, namespaces)}>
    <span class="line"><b class="name">${shown(shortName(node.name))}</b>
      <span>${percent(node.share)}</span></span>
    <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      <path class="own" d=${path(parts.filter((part) => !part.pod.bound))} />
      <path class="others" d=${path(others)} />
      <path class="bound" d=${path(parts.filter((part) => part.pod.bound))} /></svg>
    <span class="line soft"><span class="name">${node.instanceType}${
      node.capacityType === "spot" && " spot"}</span>
      <span>${node.usdPerHour === null ? "no price" : hourlyNumber(node.usdPerHour)}</span></span>
    ${trouble && html`<span class="trouble">${trouble === "cordoned" ? "⊘" : "⚠"} ${
      shown(trouble)}</span>`}</a></li>`;
});

// Move between boxes with the arrow keys; one box of each group is in the order of Tab.
export function moveFocus(event) {
  const box = event.target.closest(".box");
  if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...event.currentTarget.querySelectorAll(".box")];
  const at = all.indexOf(box);
  const top = box.getBoundingClientRect().top;
  const group = box.closest("ul");
  const column = [...group.querySelectorAll(".box")]
    .filter((item) => Math.abs(item.getBoundingClientRect().left
      - box.getBoundingClientRect().left) < 2);
  const target = {
    ArrowRight: () => all[at + 1],
    ArrowLeft: () => all[at - 1],
    ArrowDown: () => column.find((item) => item.getBoundingClientRect().top > top + 2)
      ?? all.slice(at).find((item) => item.closest("ul") !== group),
    ArrowUp: () => column.filter((item) => item.getBoundingClientRect().top < top - 2).at(-1)
      ?? all.slice(0, at).reverse().find((item) => item.closest("ul") !== group),
    Home: () => all[0],
    End: () => all.at(-1),
  }[event.key]?.();
  if (!target) return;
  event.preventDefault();
  for (const item of target.closest("ul").querySelectorAll(".box[tabindex='0']")) {
    item.tabIndex = -1;
  }
  target.tabIndex = 0;
  target.focus();
}
