// Ticking rows: one, a range with shift, the page, all that match; and the bar that acts on them.
let last = null;

const picks = (root) => [...root.querySelectorAll("[data-pick]")];

// Tick every box between the last one and this one, as this one is now.
export function range(boxes, from, to) {
  const [start, end] = [boxes.indexOf(from), boxes.indexOf(to)].sort((a, b) => a - b);
  if (start < 0) return;
  for (const box of boxes.slice(start, end + 1)) box.checked = to.checked;
}

export function refresh(root) {
  const bar = root.querySelector("[data-bulk]");
  const head = root.querySelector("[data-pick-all]");
  const boxes = picks(root);
  const ticked = boxes.filter((box) => box.checked).length;
  if (head) { head.checked = ticked > 0 && ticked === boxes.length; head.indeterminate = ticked > 0 && ticked < boxes.length; }
  if (!bar) return;
  const all = bar.querySelector("[data-all]").value === "1";
  const match = bar.querySelector("[data-pick-match]");
  const said = bar.querySelector("[data-picked]");
  bar.hidden = ticked === 0;
  match.hidden = all || ticked < boxes.length;
  said.textContent = all ? match.textContent : said.dataset.picked.replace("{n}", ticked);
}

function everything(root, yes) {
  root.querySelector("[data-all]").value = yes ? "1" : "";
  if (!yes) for (const box of picks(root)) box.checked = false;
  refresh(root);
}

const around = (element) => element.closest(".box") ?? document;

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-pick]");
  if (box) {
    if (event.shiftKey && last?.isConnected) range(picks(around(box)), last, box);
    last = box;
    const all = around(box).querySelector("[data-all]");
    if (all) all.value = "";
    refresh(around(box));
  }
  const picking = event.target.closest?.("[data-picking]");
  if (picking) picking.setAttribute("aria-pressed", document.querySelector(".box.cards").classList.toggle("picking"));
  if (event.target.closest?.("[data-pick-match]")) everything(around(event.target), true);
  if (event.target.closest?.("[data-pick-none]")) everything(around(event.target), false);
});

document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-pick-all]")) return;
  const root = around(event.target);
  for (const box of picks(root)) box.checked = event.target.checked;
  refresh(root);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "x" || event.isComposing || event.target.closest?.("input:not([type=checkbox]), textarea, select")) return;
  document.querySelector("tr.here [data-pick]")?.click();
});

addEventListener("pageshow", () => document.querySelectorAll(".box").forEach(refresh));
