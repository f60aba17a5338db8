// Bars of what is requested and used of a node, with the figures beside them.
import { html } from "./ui.js";
import { percent } from "./format.js";

export const shareOf = (part, whole) => (whole > 0 ? part / whole : 0);
const wide = (share) => `${Math.min(100, 100 * share).toFixed(1)}%`;

// The bar alone; a line marks what is used.
export const Bar = ({ share, used }) => html`<span class="bar" aria-hidden="true">
  <i style=${{ width: wide(share) }}></i>
  ${used !== undefined && html`<b style=${{ left: wide(used) }}></b>`}</span>`;

// A resource in a cell of a table: percent, bar, and percent used.
export function ResourceCell({ resource, format }) {
  const { requested, allocatable, used } = resource;
  const share = shareOf(requested, allocatable);
  const busy = used === null ? undefined : shareOf(used, allocatable);
  const title = `${format(requested)} of ${format(allocatable)} requested`
    + (used === null ? "" : `, ${format(used)} used`);
  return html`<span class="resource" title=${title}>
    <span class="figure">${percent(share)}</span><${Bar} share=${share} used=${busy} />
    <span class="figure soft">${busy === undefined ? "" : html`${percent(busy)}<span
      class="hidden"> used</span>`}</span></span>`;
}
