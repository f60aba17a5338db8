// Tables: those whose columns can be sorted, and simple ones of names and values.
import { html, Text, useMemo, useState } from "./ui.js";

const collator = new Intl.Collator("en", { numeric: true });
const isKnown = (value) => value !== null && value !== undefined;
const compare = (a, b) =>
  (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b));

// Rows in order of a column: {key, down}. Unknown values are last either way; ties keep their order.
export function sorted(rows, columns, order) {
  const column = columns.find((item) => item.key === order?.key);
  if (!column) return rows;
  const way = order.down ? -1 : 1;
  return rows.map((row) => [column.value(row), row]).sort(([a], [b]) => (
    isKnown(a) && isKnown(b) ? way * compare(a, b) : isKnown(b) - isKnown(a)
  )).map(([, row]) => row);
}

export function useOrder(rows, columns, initial) {
  const [order, setOrder] = useState(initial);
  const inOrder = useMemo(() => sorted(rows, columns, order), [rows, order]);
  const by = (column) => setOrder((old) => ({
    key: column.key, down: old?.key === column.key ? !old.down : Boolean(column.downFirst),
  }));
  return { order, by, inOrder };
}

// Column heads that sort: {key, title, value, right, downFirst}.
export const Heads = ({ columns, order, by }) => html`<thead><tr>${columns.map((column) => {
  const sort = order?.key === column.key ? (order.down ? "descending" : "ascending") : "none";
  return html`<th scope="col" key=${column.key} class=${column.right ? "right" : ""}
    aria-sort=${column.value ? sort : undefined}>${column.value
    ? html`<button type="button" class="sort" onClick=${() => by(column)}>${column.title}<span
      class="arrow" aria-hidden="true">${{ ascending: "▲", descending: "▼", none: "" }[sort]}</span>
      </button>` : column.title}</th>`;
})}</tr></thead>`;

// A region that scrolls sideways where the table is wider than the page.
export const Scroll = ({ label, children }) => html`<div class="scroll" role="region"
  tabindex="0" aria-label=${label}>${children}</div>`;

// A table of two columns of texts, such as labels.
export const Pairs = ({ label, pairs, heads = ["Key", "Value"] }) => (pairs.length
  ? html`<${Scroll} label=${label}><table class="pairs"><thead><tr>${heads.map((head) =>
    html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${pairs.map(([key, value]) =>
    html`<tr key=${key}><th scope="row"><${Text} of=${key} /></th>
      <td class="wraps lines"><${Text} of=${value} lines /></td></tr>`)}</tbody></table><//>`
  : html`<p class="soft">None.</p>`);
