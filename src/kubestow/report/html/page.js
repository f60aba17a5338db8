"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const root = document.documentElement;

  // Theme: the system's until the reader switches it; stored if the browser allows it.
  const theme = at("theme");
  const stored = (value) => {
    try {
      if (value) localStorage.setItem("kubestow-theme", value);
      return localStorage.getItem("kubestow-theme");
    } catch { return null; }
  };
  const isDark = () => (root.dataset.theme
    ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const label = () => { theme.textContent = isDark() ? "Light theme" : "Dark theme"; };
  const before = stored();
  if (before === "dark" || before === "light") root.dataset.theme = before;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    stored(root.dataset.theme);
    label();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();
  theme.hidden = false;

  const holder = at("cards");
  if (!holder) return;
  const cards = [...holder.children];
  const boxesOf = new Map(cards.map((card) => [card, [...card.querySelectorAll(".box")]]));
  const texts = new Map();
  const textOf = (item, place) => {
    if (!texts.has(item)) texts.set(item, place.textContent.toLowerCase());
    return texts.get(item);
  };
  const number = new Intl.NumberFormat("en-US");

  // Filter: every word must occur in the text of the node or of its card's head.
  const shown = at("shown");
  const filter = () => {
    const words = at("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const card of cards) {
      const head = textOf(card, card.firstElementChild.querySelector(".what"))
        + textOf(card.firstElementChild, card.firstElementChild.querySelector(".marks"));
      let left = 0;
      for (const box of boxesOf.get(card)) {
        const fits = words.every((word) => head.includes(word) || textOf(box, box).includes(word));
        box.hidden = !fits;
        if (fits) left += Number(box.dataset.count);
      }
      card.hidden = left === 0;
      count += left;
    }
    const all = Number(shown.dataset.all);
    shown.textContent = words.length
      ? `${number.format(count)} of ${number.format(all)} nodes` : `${number.format(all)} nodes`;
    if (words.length && count && count <= 80) {
      for (const card of cards) if (!card.hidden) card.open = true;
    }
  };
  at("filter").addEventListener("input", filter);

  const by = (name) => (a, b) => a.dataset[name].localeCompare(b.dataset[name], "en", {numeric: true});
  const orders = {
    plan: () => 0,
    cost: (a, b) => b.dataset.cost - a.dataset.cost,
    empty: (a, b) => a.dataset.fill - b.dataset.fill,
    full: (a, b) => b.dataset.fill - a.dataset.fill,
    zone: by("zone"),
    type: by("type"),
  };
  at("order").addEventListener("change", (event) => {
    holder.append(...[...cards].sort(orders[event.target.value]));
  });
  for (const [id, open] of [["open", true], ["close", false]]) {
    at(id).addEventListener("click", () => { for (const card of cards) card.open = open; });
  }
  at("controls").addEventListener("submit", (event) => event.preventDefault());
  at("controls").hidden = false;

  // Tooltip: the pods of the node under the pointer or the keyboard focus.
  const tip = at("tip");
  const hide = () => { tip.hidden = true; };
  const show = (event) => {
    const head = event.target.closest?.(".box > summary");
    if (!head || head.parentElement.open) { hide(); return; }
    const parts = [...head.parentElement.querySelectorAll(".parts li")];
    tip.textContent = parts.map((part) => part.textContent).join("\n");
    tip.hidden = false;
    const place = head.getBoundingClientRect();
    const own = tip.getBoundingClientRect();
    const below = place.bottom + 6 + own.height < innerHeight;
    tip.style.top = `${below ? place.bottom + 6 : Math.max(4, place.top - own.height - 6)}px`;
    tip.style.left = `${Math.max(8, Math.min(place.left, innerWidth - own.width - 8))}px`;
  };
  holder.addEventListener("pointerover", show);
  holder.addEventListener("pointerleave", hide);
  holder.addEventListener("focusin", (event) => {
    if (event.target.matches(":focus-visible")) show(event);
  });
  holder.addEventListener("focusout", hide);
  holder.addEventListener("toggle", hide, true);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", hide, {passive: true});
})();
