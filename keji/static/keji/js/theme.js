// Choices that belong to this browser: theme and row height. A cookie tells the server, the page changes at once.
const YEAR = 31_536_000;
const ALLOWED = { theme: ["light", "dark", "auto"], rows: ["low", "mid", "high"] };
const ATTRIBUTE = { theme: "data-bs-theme", rows: "data-rows" };

export function kept(name, cookie = document.cookie) {
  const found = cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  return ALLOWED[name].includes(found) ? found : "";
}

export function keep(name, value) {
  if (!ALLOWED[name]?.includes(value)) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  document.documentElement.setAttribute(ATTRIBUTE[name], value);
  mark();
}

function mark() {
  for (const button of document.querySelectorAll("[data-keep]")) {
    button.setAttribute("aria-pressed", document.documentElement.getAttribute(ATTRIBUTE[button.dataset.keep]) === button.dataset.value);
  }
}

for (const name of Object.keys(ALLOWED)) if (kept(name)) document.documentElement.setAttribute(ATTRIBUTE[name], kept(name));
mark();
document.addEventListener("htmx:after:swap", mark);
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-keep]");
  if (button) { keep(button.dataset.keep, button.dataset.value); button.closest("[popover]")?.hidePopover(); }
});
