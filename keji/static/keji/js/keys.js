// Keys of the whole page. An element says which key presses it by data-key; rows are walked with j and k.
import { open } from "./ask.js";
import { isChanged, mayLeave } from "./unsaved.js";

const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable=true]";

export function isTyping(event) {
  return event.isComposing || event.keyCode === 229 || Boolean(event.target?.closest?.(TYPING));
}

// What a key press asks for; "" when it is none of ours.
export function meaning(event, typing) {
  const command = event.ctrlKey || event.metaKey;
  if (event.isComposing || event.altKey) return "";
  if (command && event.key.toLowerCase() === "k") return "palette";
  if (command && event.key === "Enter") return "save";
  if (event.key === "Escape") return "cancel";
  if (command || typing) return "";
  if (event.key === "j") return "down";
  if (event.key === "k") return "up";
  if (event.key === "Enter") return "enter";
  return /^[a-z/[\]]$/.test(event.key) ? "press" : "";
}

export function walk(step) {
  const rows = shown();
  if (!rows.length) return null;
  const now = rows.findIndex((row) => row.classList.contains("here"));
  rows[now]?.classList.remove("here");
  return stand(rows[Math.min(Math.max(now + step, 0), rows.length - 1)]);
}

function shown() {
  return [...document.querySelectorAll("[data-rows] > tbody > tr")];
}

function stand(row) {
  row.classList.add("here");
  row.querySelector("a, input")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  return row;
}

// Back from the page of a row, one stands on that row.
function returned() {
  if (!document.referrer || document.activeElement !== document.body) return;
  const from = new URL(document.referrer).pathname;
  const row = shown().find((one) => [...one.querySelectorAll("a")].some((link) => link.pathname === from));
  if (row) stand(row);
}

export function save() {
  const form = document.activeElement?.closest("form:not([data-filters])") ?? document.querySelector("dialog[open] form, form[data-main]");
  const button = form?.querySelector("[type=submit][data-save], button:not([type]), [type=submit]");
  form?.requestSubmit(button ?? undefined);
  return Boolean(form);
}

async function cancel(event) {
  if (event.composedPath().some((one) => one.dataset?.cell) || document.querySelector("dialog[open], [popover]:popover-open, .ts-wrapper.dropdown-active")) return;
  const inside = document.activeElement?.closest("[data-inplace]")?.querySelector("[data-cancel]");
  if (inside) { event.preventDefault(); inside.click(); return; }
  event.preventDefault(); // else the browser closes with this very key the dialog that asks
  const link = document.querySelector("[data-cancel]");
  if (!link) { document.activeElement?.blur(); return; }
  if (!isChanged() || (await mayLeave())) location.assign(link.href);
}

const DOES = {
  palette: () => open("palette"),
  save,
  down: () => walk(1),
  up: () => walk(-1),
  press: (event) => {
    const found = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`)].find((one) => one.checkVisibility?.() ?? true);
    found?.click();
    return Boolean(found);
  },
  enter: () => {
    if (document.activeElement?.closest("a, button, summary, [tabindex='0']:not(.scrolls)")) return false;
    const link = document.querySelector("tr.here a");
    link?.click();
    return Boolean(link);
  },
};

document.addEventListener("keydown", (event) => {
  const asked = meaning(event, isTyping(event));
  if (!asked) return;
  if (asked === "cancel") { cancel(event); return; }
  if (document.querySelector("dialog[open]") && asked !== "save") return;
  if (DOES[asked](event)) event.preventDefault();
});

returned();
