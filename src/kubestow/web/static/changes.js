// The changes that an explanation proposes, and its reasons, in sentences.
import { counted, hourly, local, monthly } from "./format.js";

const LIMIT_FIELDS = {
  "managed node group": "maxSize", "self-managed node group": "maxSize",
  "static NodePool": "spec.replicas",
};

const SENTENCES = {
  LowerRequest: (c) => `lower the ${c.subject} request from ${c.before} to ${c.after}`,
  TolerateTaint: (c) => `tolerate the taint ${c.subject}`,
  DropNodeSelector: (c) => `remove ${c.before} from the nodeSelector`,
  DropNodeAffinity: (c) => (c.before ? `remove ${c.before} from the required node affinity`
    : "remove the required node affinity"),
  DropHostPort: (c) =>
    `do not take host port ${c.subject} (hostPort, or any port with hostNetwork)`,
  RelaxTopologySpread: (c) =>
    `change the topology spread constraint (${c.before}) to ScheduleAnyway`,
  RelaxPodAffinity: (c) => `make the pod affinity (${c.before}) preferred`,
  RelaxPodAntiAffinity: (c) => `make the pod anti-affinity (${c.before}) preferred`,
  AllowInNodePool: (c) => (c.nodePoolIsBuiltIn
    ? `define a NodePool that allows ${c.subject} ${c.added} (the built-in ${c.nodePool} allows ${
      c.before})`
    : `allow ${c.subject} ${c.added} in ${c.nodePoolKind} ${c.nodePool} (it allows ${c.before})`),
  RaiseNodePoolLimit: (c) => `raise ${LIMIT_FIELDS[c.nodePoolKind] ?? `limits.${c.subject}`} of ${
    c.nodePoolKind} ${c.nodePool} from ${c.before} to ${c.after}`,
};

const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

export const sentence = (change) =>
  capital((SENTENCES[change.kind] ?? ((c) => `${c.kind} ${c.subject}`))(change));

// What a remedy adds to the cost, or saves.
export function priceText(remedy) {
  const { extraUsdPerHour: extra, extraUsdPerMonth: month, extraLocal } = remedy;
  if (extra === 0) return "no extra cost";
  if (extra < 0) return `saves ${hourly(-extra)}, ${monthly(-month)}`;
  const money = [`+${hourly(extra)}`, `+${monthly(month)}`];
  if (extraLocal) money.push(`+${local(extraLocal)}/month`);
  return money.join(", ") + (remedy.place.priceIsEstimate ? " (estimated)" : "");
}

export function placeText(place) {
  if (place.existing) return `the existing node ${place.node}`;
  if (place.planned) return `the ${place.instanceType} in ${place.zone} launched for other pods`;
  return `a new ${place.instanceType} in ${place.zone}, NodePool ${place.nodePool}, ${
    place.capacityType}`;
}

// What else a remedy does.
export function effects(remedy, pod) {
  const found = [`${pod} then runs on ${placeText(remedy.place)}`];
  if (remedy.pods > 1) {
    const restarts = remedy.podsRunning
      ? ` and restarts the ${remedy.podsRunning} that are running` : "";
    found.push(`this changes all ${remedy.pods} pods of its workload${
      restarts}; the price covers all`);
  }
  if (remedy.podsStillPending) found.push(`${remedy.podsStillPending} of them still cannot run`);
  if (remedy.otherPodsHelped) {
    found.push(`${counted(remedy.otherPodsHelped, "other pod")} can then run too, which the price `
      + "includes");
  }
  return found;
}

export function reasonText({ detail }) {
  if (detail.resource !== undefined) {
    const after = detail.daemonSets === undefined ? "" : ` after ${detail.daemonSets} for DaemonSets`;
    return `${detail.resource} ${detail.requested} requested, at most ${
      detail.largestAvailable} free${after}`;
  }
  if (detail.requirements) {
    return detail.requirements.map((r) => `${r.requirement} refuses ${r.refuses}`).join("; ");
  }
  if (detail.taints) {
    return Object.entries(detail.taints)
      .map(([taint, places]) => `taint ${taint} not tolerated on ${places}`).join("; ");
  }
  return detail.message ?? "";
}
