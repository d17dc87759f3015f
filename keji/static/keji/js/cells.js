// The check of an import: a cell (td data-cell="3" in a tr data-mend="/address") is mended in place.
// Enter or leaving sends it, Escape puts it back, Tab goes to the next cell with a problem.
import { toast, known } from "./toasts.js";

let next = null;

export function textOf(cell) {
  return (cell.querySelector("[data-told]") ?? cell).textContent.trim();
}

export function edit(cell) {
  if (cell.querySelector("input")) return null;
  const input = Object.assign(document.createElement("input"), { value: textOf(cell), maxLength: 2000, autocomplete: "off" });
  input.setAttribute("aria-label", cell.dataset.label ?? "");
  cell.dataset.before = input.value;
  cell.kept = [...cell.childNodes];
  cell.replaceChildren(input);
  input.select();
  input.focus();
  return input;
}

export function back(cell) {
  const kept = cell.kept;
  delete cell.kept; // removing the input makes it lose focus, which must not send it
  if (kept) cell.replaceChildren(...kept);
}

export function leave(cell) {
  const input = cell.querySelector("input");
  if (!input || cell.sent || !cell.kept) return;
  if (input.value === cell.dataset.before) { back(cell); return; }
  cell.sent = true;
  const row = cell.closest("[data-mend]");
  globalThis.htmx.ajax("POST", row.dataset.mend, { source: row, target: row, swap: "outerHTML", values: { column: cell.dataset.cell, value: input.value } })
    .catch(() => toast({ level: "danger", text: known("offline") }));
}

// The cell with a problem behind (or before) this one, as an address that survives the swap of its row.
export function neighbour(cell, way) {
  const cells = [...document.querySelectorAll("td[data-cell].bad, td[data-cell].doubtful")];
  const all = [...document.querySelectorAll("td[data-cell]")];
  const now = all.indexOf(cell);
  const there = way > 0 ? cells.find((one) => all.indexOf(one) > now) : cells.findLast((one) => all.indexOf(one) < now);
  return there ? { row: there.closest("[data-mend]").id, cell: there.dataset.cell } : null;
}

function reach(place) {
  const cell = place && document.querySelector(`#${CSS.escape(place.row)} td[data-cell="${place.cell}"]`);
  cell?.focus();
  return cell;
}

document.addEventListener("dblclick", (event) => { const cell = event.target.closest?.("td[data-cell]"); if (cell) edit(cell); });
document.addEventListener("click", (event) => { const cell = event.target.closest?.("td[data-cell].bad, td[data-cell].doubtful"); if (cell && !event.target.closest("button, a, input")) edit(cell); });
document.addEventListener("focusout", (event) => { const cell = event.target.closest?.("td[data-cell]"); if (cell && event.target.matches("input")) leave(cell); });
document.addEventListener("htmx:after:swap", () => { if (next) { const { goes, ...place } = next; next = null; const cell = reach(place); if (cell && goes) edit(cell); } });

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("td[data-cell]");
  if (!cell || event.isComposing) return;
  const writing = event.target.matches("input");
  if (!writing && (event.key === "Enter" || event.key === "F2")) { event.preventDefault(); edit(cell); return; }
  if (!writing) return;
  const same = event.target.value === cell.dataset.before;
  if (event.key === "Enter") { event.preventDefault(); next = same ? null : { row: cell.closest("[data-mend]").id, cell: cell.dataset.cell }; leave(cell); if (same) cell.focus(); }
  if (event.key === "Escape") { back(cell); cell.focus(); }
  if (event.key === "Tab") {
    const there = neighbour(cell, event.shiftKey ? -1 : 1);
    if (!there) return;
    event.preventDefault();
    next = same ? null : { ...there, goes: true };
    leave(cell);
    if (same) { const found = reach(there); if (found) edit(found); }
  }
});
