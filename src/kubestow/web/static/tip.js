// What the pointer is on in the map of nodes: a pod or unrequested room. One listener for all boxes.
import { html, Text, useEffect, useState } from "./ui.js";
import { bytes, cores, percent } from "./format.js";
import { strips } from "./boxes.js";

// The pod under a point of a box's bar.
function podAt(box, node, x) {
  const bar = box.querySelector("svg").getBoundingClientRect();
  const at = (100 * (x - bar.left)) / bar.width;
  return strips(node).find((strip) => at >= strip.from && at < strip.to)?.pod;
}

export function Tip({ area, nodes }) {
  const [tip, setTip] = useState(null);
  useEffect(() => {
    const map = area.current;
    const hide = () => setTip(null);
    const move = (event) => {
      const box = event.pointerType === "mouse" && event.target.closest(".box");
      const node = box && nodes.get(box.dataset.node);
      if (!node) { hide(); return; }
      const place = box.getBoundingClientRect();
      const pod = podAt(box, node, event.clientX);
      setTip((old) => (old && old.node === node && old.pod === pod ? old : {
        node, pod, left: Math.max(8, Math.min(place.left, innerWidth - 400)),
        below: place.bottom + 150 < innerHeight,
        top: place.bottom + 6, bottom: innerHeight - place.top + 6,
      }));
    };
    const press = (event) => { if (event.key === "Escape") hide(); };
    map.addEventListener("pointermove", move);
    map.addEventListener("pointerleave", hide);
    addEventListener("scroll", hide, { passive: true });
    addEventListener("keydown", press);
    return () => {
      map.removeEventListener("pointermove", move);
      map.removeEventListener("pointerleave", hide);
      removeEventListener("scroll", hide);
      removeEventListener("keydown", press);
    };
  }, [nodes]);
  if (!tip) return null;
  const { node, pod } = tip;
  const style = { left: `${tip.left}px` };
  if (tip.below) style.top = `${tip.top}px`; else style.bottom = `${tip.bottom}px`;
  const line = (name, part, format) => html`<div>${name}: ${format(part.requested)} of ${
    format(part.allocatable)} requested${part.used !== null && `, ${format(part.used)} used`}</div>`;
  return html`<div id="tip" aria-hidden="true" style=${style}>
    <strong><${Text} of=${node.name} /></strong>
    <div>${node.status}, ${node.zone}</div>
    ${line("cpu", node.cpu, cores)}${line("memory", node.memory, bytes)}
    <div>${node.pods.length} of ${node.podsMax} pods</div>
    <hr/>
    <div>${pod ? html`<${Text} of=${pod.pod} />: ${percent(pod.share, 1)} of the node${
      pod.bound && " (DaemonSet)"}` : `unrequested: ${percent(1 - node.share, 1)}`}</div></div>`;
}
