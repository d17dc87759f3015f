// Popovers: where they stand, arrow keys in menus, search in long ones, filters that send themselves when closed; tabs.
import { swapped } from "./htmx.js";

const GAP = 4;

// Below the button if there is room, else above; within the window.
export function spot(button, box, view) {
  const below = button.bottom + GAP + box.height <= view.height || button.top < box.height;
  const top = below ? button.bottom + GAP : button.top - GAP - box.height;
  const left = Math.max(8, Math.min(button.left, view.width - box.width - 8));
  return { top: Math.max(8, Math.min(top, view.height - box.height - 8)), left };
}

function settle(pop) {
  const button = document.querySelector(`[popovertarget="${CSS.escape(pop.id)}"]`);
  if (!button || matchMedia("(max-width: 899px)").matches) { pop.style.top = pop.style.left = ""; return; }
  const at = spot(button.getBoundingClientRect(), pop.getBoundingClientRect(), { width: innerWidth, height: innerHeight });
  pop.style.top = `${at.top}px`;
  pop.style.left = `${at.left}px`;
}

const told = (pop) => JSON.stringify([...pop.querySelectorAll("[name]")].map((one) => (one.matches("[type=checkbox], [type=radio]") ? one.checked : one.value)));

// A panel that comes later is fetched as soon as the pointer is on its button; htmx listens once.
const want = (pop) => pop?.dispatchEvent(new Event("wanted"));

function enter(pop) {
  settle(pop);
  pop.dataset.before = told(pop);
  pop.querySelector("[autofocus], input:not([type=hidden]), a, button")?.focus({ preventScroll: true });
}

document.addEventListener("pointerover", (event) => {
  const button = event.target.closest?.("[popovertarget]");
  if (button) want(document.getElementById(button.getAttribute("popovertarget")));
});

document.addEventListener("toggle", (event) => {
  const pop = event.target;
  if (!pop.matches?.(".pop")) return;
  const form = pop.closest("form[data-filters]");
  if (event.newState === "open") {
    want(pop);
    enter(pop);
  } else if (form && pop.dataset.before !== told(pop)) form.requestSubmit();
}, true);

document.addEventListener("htmx:after:swap", (event) => {
  const pop = swapped(event);
  if (pop?.matches(".pop:popover-open")) enter(pop);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-filters]")) return;
  for (const pop of event.target.querySelectorAll("[popover]:popover-open")) { pop.dataset.before = told(pop); pop.hidePopover(); }
}, true);

document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form[data-filters]")) return;
  for (const name of new Set(event.formData.keys())) {
    const values = event.formData.getAll(name).filter((value) => value !== "");
    event.formData.delete(name);
    for (const value of values) event.formData.append(name, value);
  }
});

document.addEventListener("click", (event) => {
  const blank = event.target.closest?.("[data-blank]");
  if (blank) for (const one of blank.closest(".pop").querySelectorAll("[name]")) { if (one.matches("[type=checkbox], [type=radio]")) one.checked = false; else one.value = ""; }
  const tab = event.target.closest?.("[data-tabs] [role=tab]");
  if (tab) show(tab);
});

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-narrow]")) return;
  const words = event.target.value.trim().toLowerCase();
  for (const option of event.target.closest(".pop").querySelectorAll(".option")) option.hidden = !`${option.textContent} ${option.dataset.also}`.toLowerCase().includes(words);
});

export function show(tab) {
  for (const one of tab.parentElement.querySelectorAll("[role=tab]")) {
    one.setAttribute("aria-selected", one === tab);
    one.tabIndex = one === tab ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls")).hidden = one !== tab;
  }
}

const ARROWS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

document.addEventListener("keydown", (event) => {
  const way = ARROWS[event.key];
  const inside = event.target.closest?.("[data-menu], [data-tabs], .pop");
  if (!way || !inside || event.target.matches("input:not([type=checkbox]), select, textarea") && event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [...inside.querySelectorAll("a, button, input")].filter((one) => one.checkVisibility() && one.name !== "csrfmiddlewaretoken");
  const next = stops[(stops.indexOf(event.target) + way + stops.length) % stops.length];
  event.preventDefault();
  next?.focus();
  if (next?.matches("[data-tabs] [role=tab]")) show(next);
});
