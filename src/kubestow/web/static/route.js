// Which page is shown: the hash of the address. Escape goes back; what was left is found again.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./ui.js";

const decode = (text) => { try { return decodeURIComponent(text); } catch { return text; } };

// The page of a hash: its name, and what it is about.
export function parse(hash) {
  const parts = hash.replace(/^#?\/?/, "").split("/").map(decode);
  const [page, first, second] = parts;
  if (page === "nodes") return { page: first ? "node" : "nodes", node: first ?? "" };
  if (page === "pods") {
    return first && second ? { page: "pod", pod: `${first}/${second}` } : { page: "pending" };
  }
  return { page: page === "advice" ? "advice" : "overview" };
}

const UP = { node: "#/nodes", pod: "#/pods" };
const trail = []; // where the reader came from: hash and scroll position

export function useRoute() {
  const [hash, setHash] = useState(location.hash);
  const shown = useRef(hash);
  const returning = useRef(null);
  useEffect(() => {
    const take = () => {
      const last = trail.at(-1);
      if (last && last.hash === location.hash) {
        returning.current = { ...trail.pop(), left: shown.current };
      } else {
        trail.push({ hash: shown.current, y: scrollY });
        returning.current = null;
      }
      shown.current = location.hash;
      setHash(location.hash);
    };
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, []);
  const first = useRef(true);
  useLayoutEffect(() => {
    if (first.current) { first.current = false; return; }
    const back = returning.current;
    if (!back) {
      document.querySelector("h1")?.focus({ preventScroll: true });
      scrollTo({ top: 0, behavior: "instant" });
      return;
    }
    const link = [...document.querySelectorAll("main a")]
      .find((item) => item.getAttribute("href") === back.left);
    (link ?? document.querySelector("h1"))?.focus({ preventScroll: true });
    scrollTo({ top: back.y, behavior: "instant" });
  }, [hash]);
  return parse(hash);
}

// Go back to where the reader came from; to the list, if the page was opened by its address.
export function goBack(page) {
  if (trail.length) history.back();
  else if (UP[page]) location.hash = UP[page];
  else if (page !== "overview") location.hash = "#/";
}

let wantsFilter = false; // "/" was pressed on a page without a filter

// Focus a filter that has just come, if the reader asked for it.
export function useWantedFocus(id) {
  useEffect(() => {
    if (wantsFilter) document.getElementById(id)?.focus();
    wantsFilter = false;
  }, []);
}

// Keys for all pages: "/" to the filter, Escape back.
export function useKeys(page) {
  useEffect(() => {
    const press = (event) => {
      const field = event.target.closest?.("input, select, textarea");
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "/" && !field) {
        event.preventDefault();
        const filter = document.getElementById("filter");
        wantsFilter = !filter;
        if (filter) filter.focus(); else location.hash = "#/nodes";
      } else if (event.key === "Escape" && !field) {
        goBack(page);
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [page]);
}

export const Back = ({ href, label }) => html`<a class="back" href=${href}>
  <span aria-hidden="true">← </span>${label}</a>`;
