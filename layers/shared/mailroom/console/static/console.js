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
actions.set("k", () => step(-1) || (document.getElementById("decide") && history.back(), true));
actions.set("e", () => {
  const form = document.getElementById("decide");
  const field = form?.querySelector(".doubtful [data-path], .missing [data-path]") ?? form?.querySelector("[data-path]");
  if (!field) return false;
  field.focus();
  if (field.select) field.select();
  return true;
});

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
  if (target instanceof HTMLElement && !target.closest("[hidden]")) {
    event.preventDefault();
    if (target.matches("select, input")) target.focus(); else target.click();
  } else if (actions.has(key) && actions.get(key)()) {
    event.preventDefault();
  }
});

const pages = [["gq", "/"], ["gs", "/search"], ["go", "/overview"], ["gd", "/deliveries"], ["gc", "/suggestions"]];
for (const [key, page] of pages) {
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

/* One record: what belongs together lights up together. */
function light(paths) {
  for (const lit of document.querySelectorAll(".on")) lit.classList.remove("on");
  for (const path of paths) {
    for (const element of document.querySelectorAll(`[data-paths~="${CSS.escape(path)}"]`)) element.classList.add("on");
  }
}

function pathsOf(target) {
  const at = target instanceof Element && target.closest("[data-paths]");
  return at ? at.dataset.paths.split(" ") : [];
}

document.addEventListener("mouseover", (event) => light(pathsOf(event.target)));
document.addEventListener("focusin", (event) => light(pathsOf(event.target)));

/* What was changed is marked, and the button says that it will be saved. */
function initial(field) {
  if (field instanceof HTMLSelectElement) return [...field.options].find((option) => option.defaultSelected)?.value ?? "";
  return field.defaultValue;
}

function changed() {
  const form = document.getElementById("decide");
  const button = document.querySelector("#accept [data-plain]");
  if (!form || !button) return;
  let any = Boolean(form.querySelector('[name="remove"]:checked'));
  for (const field of form.querySelectorAll("[data-path]")) {
    const differs = field.value !== initial(field);
    field.closest("[data-paths]").classList.toggle("changed", differs);
    any ||= differs;
  }
  const words = any ? button.dataset.changed : button.dataset.plain;
  if (button.textContent !== words) button.textContent = words;
  grow(form);
}

/* A table's last row is for one more; once something stands in it, the next one appears. */
function grow(form) {
  for (const row of form.querySelectorAll("tr.fresh")) {
    if (![...row.querySelectorAll("[data-path]")].some((field) => field.value)) continue;
    const next = row.cloneNode(true);
    row.classList.remove("fresh");
    for (const element of next.querySelectorAll("*")) {
      for (const name of ["id", "for", "name", "data-path", "data-paths"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace(/\[(\d+)\]/, (_, number) => `[${Number(number) + 1}]`));
      }
      if (element.matches("[data-path]")) element.value = "";
      element.classList.remove("changed", "on");
      if (element.matches("label")) element.textContent = element.textContent.replace(/\d+$/, (number) => Number(number) + 1);
    }
    row.after(next);
  }
}

document.addEventListener("input", changed);
document.addEventListener("DOMContentLoaded", changed);
addEventListener("pageshow", changed);

/* Marks lead to their value's field, ready to be edited. */
document.addEventListener("click", (event) => {
  const mark = event.target instanceof Element && event.target.closest("a.mark");
  if (!mark) return;
  event.preventDefault();
  if (String(getSelection())) return; // somebody is marking words, not following them
  const field = document.getElementById(`i-${mark.dataset.paths.split(" ")[0]}`);
  field?.closest("details:not([open])")?.setAttribute("open", "");
  field?.scrollIntoView({ block: "center" });
  field?.focus();
});

/* A link to words in a folded zone unfolds it first. */
document.addEventListener("click", (event) => {
  const shows = event.target instanceof Element && event.target.closest("a[data-shows]");
  if (shows) document.getElementById(decodeURIComponent(shows.hash.slice(1)))?.closest("details")?.setAttribute("open", "");
});

/* Words that were missed: their place in the message goes along, counted in characters as the server counts them. */
let selected = null;

function offsetIn(zone, node, offset) {
  const range = document.createRange();
  range.setStart(zone, 0);
  range.setEnd(node, offset);
  return Number(zone.dataset.start) + [...range.toString()].length;
}

function zoneOf(node) {
  return (node instanceof Element ? node : node.parentElement)?.closest(".zone-text");
}

document.addEventListener("selectionchange", () => {
  const output = document.getElementById("missed-words");
  const selection = getSelection();
  if (!output || !selection.rangeCount || selection.isCollapsed) return;
  const range = selection.getRangeAt(0);
  const zone = zoneOf(range.startContainer);
  if (!zone || zone !== zoneOf(range.endContainer)) return;
  const raw = range.toString();
  const words = raw.trim();
  if (!words) return;
  const start = offsetIn(zone, range.startContainer, range.startOffset) + [...raw].length - [...raw.trimStart()].length;
  selected = { words, start, end: start + [...words].length };
  output.textContent = words;
  output.classList.add("some");
});

document.getElementById("missed-field")?.addEventListener("change", (event) => {
  const path = event.target.value;
  const field = document.getElementById(`i-${path}`);
  if (!selected || !field) return;
  const form = document.getElementById("decide");
  for (const old of form.querySelectorAll('[name="selected"]')) if (old.value.startsWith(`${path}@`)) old.remove();
  const place = document.createElement("input");
  place.type = "hidden";
  place.name = "selected";
  place.value = `${path}@${selected.start}-${selected.end}`;
  form.append(place);
  const choice = field instanceof HTMLSelectElement
    && [...field.options].find((option) => option.value.toLowerCase() === selected.words.toLowerCase());
  field.value = field instanceof HTMLSelectElement ? (choice ? choice.value : "") : selected.words.replace(/\s+/g, " ");
  field.closest("details:not([open])")?.setAttribute("open", "");
  event.target.value = "";
  changed();
  field.scrollIntoView({ block: "center" });
  field.focus();
});

/* Opening "reject" puts the cursor where the reason goes. */
document.getElementById("reject")?.addEventListener("toggle", (event) => {
  if (event.target.open) event.target.querySelector("input[name=reason]").focus();
});
document.addEventListener("keydown", (event) => {
  const pop = document.querySelector("details.pop[open]");
  if (event.key === "Escape" && pop) {
    pop.open = false;
    pop.querySelector("summary").focus();
  }
});
