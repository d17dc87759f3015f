// The palette: pages of the menu at once, records from the server while one types.
const WAIT = 120;
let clock = 0;
let asked = "";

const palette = () => document.getElementById("palette");
const shown = (list) => [...list.querySelectorAll("[role=option]:not([hidden])")];

export function pick(list, input, option) {
  for (const one of list.querySelectorAll("[aria-selected=true]")) one.setAttribute("aria-selected", "false");
  if (!option) { input.removeAttribute("aria-activedescendant"); return; }
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

export function step(list, input, way) {
  const options = shown(list);
  const now = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  pick(list, input, options[(now + way + options.length) % options.length]);
}

// Pages that contain the words stay; a title without pages goes.
export function narrow(list, words) {
  for (const place of list.querySelectorAll("[data-place]")) place.hidden = Boolean(words) && !place.textContent.toLowerCase().includes(words.toLowerCase());
  const title = list.querySelector("[role=presentation]");
  if (title) title.hidden = !list.querySelector("[data-place]:not([hidden])");
}

async function ask(dialog, input, list) {
  const words = input.value.trim();
  if (words === asked) return;
  asked = words;
  let html = "";
  if (words && dialog.dataset.src) {
    const answer = await fetch(`${dialog.dataset.src}?q=${encodeURIComponent(words)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.status === 401 || answer?.redirected) { location.reload(); return; }
    html = answer?.ok ? await answer.text() : "";
  }
  if (words !== input.value.trim()) return;
  for (const old of list.querySelectorAll("[data-found]")) old.remove();
  const made = document.createElement("template");
  made.innerHTML = html;
  for (const line of made.content.querySelectorAll("[role=option], [role=presentation]")) line.dataset.found = "";
  narrow(list, words);
  list.prepend(made.content);
  settle(dialog, input, list);
}

function settle(dialog, input, list) {
  const options = shown(list);
  dialog.querySelector(".blank").hidden = options.length > 0;
  pick(list, input, options[0]);
}

export function go(option) {
  const href = option?.dataset.href ?? "";
  if (href.startsWith("/") && !href.startsWith("//")) location.assign(href);
}

function start() {
  const dialog = palette();
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  dialog.addEventListener("opened", () => { input.select(); settle(dialog, input, list); });
  input.addEventListener("input", () => { narrow(list, input.value.trim()); clearTimeout(clock); clock = setTimeout(() => ask(dialog, input, list), WAIT); });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); step(list, input, event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Enter") { event.preventDefault(); go(list.querySelector("[aria-selected=true]")); }
  });
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
  list.addEventListener("pointermove", (event) => { const option = event.target.closest("[role=option]"); if (option) pick(list, input, option); });
}

start();
