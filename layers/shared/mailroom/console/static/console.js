/* Keys, and what is better with a script; every page works without it. */
"use strict";

const KEYS_OFF = "mailroom-keys-off";
const actions = new Map(); // key -> what it does, by the page's own data-key attributes

function typing(target) {
  return target instanceof HTMLElement && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

function keysOn() {
  try { return localStorage.getItem(KEYS_OFF) !== "1"; } catch { return true; }
}

/* Lists: j and k move the focus through the rows, so that Enter and everything else of the browser's goes on working. */
function step(by) {
  const rows = [...document.querySelectorAll("#queue .row")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[next].focus();
  rows[next].scrollIntoView({ block: "nearest" });
  return true;
}

function toggleKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog) return false;
  if (dialog.open) dialog.close(); else dialog.showModal();
  return true;
}

actions.set("?", toggleKeys);
actions.set("j", () => step(1));
actions.set("k", () => step(-1));

let pending = "";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key !== "?" && (!keysOn() || document.querySelector("dialog[open]"))) return;
  const key = pending + event.key;
  pending = "";
  if (key === "g") { pending = "g"; return; }
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (target instanceof HTMLElement && !target.hidden) {
    event.preventDefault();
    target.click();
  } else if (actions.has(key) && actions.get(key)()) {
    event.preventDefault();
  }
});

for (const [key, page] of [["gq", "/"], ["gs", "/search"], ["go", "/overview"]]) {
  actions.set(key, () => { location.assign(page); return true; });
}

document.addEventListener("click", (event) => {
  const opener = event.target instanceof Element && event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
});

document.addEventListener("DOMContentLoaded", () => {
  for (const element of document.querySelectorAll(".needs-script")) element.hidden = false;
  const box = document.getElementById("keys-on");
  if (box) {
    box.checked = keysOn();
    box.addEventListener("change", () => {
      try { localStorage.setItem(KEYS_OFF, box.checked ? "0" : "1"); } catch { /* then it lasts for this page */ }
    });
  }
  // A live region speaks only of what changes while it is there.
  const told = document.getElementById("told");
  if (told && told.childElementCount) {
    const said = [...told.childNodes];
    told.replaceChildren();
    setTimeout(() => told.replaceChildren(...said), 60);
  }
});
