// What every part of the page is made with: html templates, hooks, and names shown as text.
import { Component, Fragment, h, render } from "./vendor/preact.js";
import {
  useEffect, useErrorBoundary, useLayoutEffect, useMemo, useRef, useState,
} from "./vendor/preact-hooks.js";
import htm from "./vendor/htm.js";
import { pieces } from "./text.js";

export const html = htm.bind(h);
export {
  Fragment, render, useEffect, useErrorBoundary, useLayoutEffect, useMemo, useRef, useState,
};

// A component that is drawn again only if one of its properties is another.
export const memo = (draw) => class extends Component {
  shouldComponentUpdate(next) {
    return Object.keys({ ...next, ...this.props }).some((key) => next[key] !== this.props[key]);
  }

  render(props) { return draw(props); }
};

// Foreign text: isolated from the text around it, with what is invisible made visible.
export const Text = ({ of, lines }) => html`<bdi>${pieces(of, lines).map((piece) => (piece.code
  ? html`<span class="char" title="an invisible character">${piece.code}</span>`
  : piece.text))}</bdi>`;

export const nodeLink = (name) => `#/nodes/${encodeURIComponent(name)}`;
export const podLink = (key) => `#/pods/${key.split("/").map(encodeURIComponent).join("/")}`;

export const PodLink = ({ pod }) => html`<a href=${podLink(pod)}><${Text} of=${pod} /></a>`;
export const NodeLink = ({ node, label }) =>
  html`<a href=${nodeLink(node)} title=${label && label !== node ? node : undefined}><${Text}
    of=${label ?? node} /></a>`;

// One of some options: {key: [name]}.
export const Choice = ({ label, options, value, onChoose }) => html`<label>${label} <select
  value=${value} onChange=${(event) => onChoose(event.target.value)}>${
  Object.entries(options).map(([key, [name]]) =>
    html`<option value=${key} selected=${key === value}>${name}</option>`)}</select></label>`;

// A list of which the rest is folded away.
export const Folded = ({ items, most = 8, what, draw }) => {
  const list = (part) => html`<ul class="names">${part.map((item) =>
    html`<li key=${item}>${draw(item)}</li>`)}</ul>`;
  return html`${list(items.slice(0, most))}
    ${items.length > most && html`<details><summary>${items.length - most} more ${what}</summary>
      ${list(items.slice(most))}</details>`}`;
};

export const Failure = ({ error }) => html`<div class="failure" role="alert">
  <p><strong>${error.message}</strong></p>${error.hint && html`<p>${error.hint}</p>`}</div>`;
