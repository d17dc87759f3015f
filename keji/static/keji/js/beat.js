// The heartbeat: a mark opens the popover of its row's next step; once that is planned, the mark is drawn anew where it stands.
import { swapped } from "./htmx.js";

const place = () => document.getElementById("pulse");
const marks = (href) => [...document.querySelectorAll("#main [data-beat]")].filter((one) => one.getAttribute("href") === href);

// The popover stands at the mark that opened it (menu.js settles it there).
export function opens(mark) {
  for (const one of document.querySelectorAll("[popovertarget=pulse]")) one.removeAttribute("popovertarget");
  mark.setAttribute("popovertarget", "pulse");
}

export function redraw(href) {
  const pop = place();
  const fresh = pop?.querySelector("[data-beat]");
  if (!fresh) return 0;
  const there = marks(href);
  for (const one of there) {
    const made = fresh.cloneNode(true);
    one.replaceWith(made);
    globalThis.htmx?.process(made);
  }
  pop.hidePopover();
  pop.replaceChildren();
  marks(href)[0]?.focus({ preventScroll: true });
  document.body.dispatchEvent(new CustomEvent("beat"));
  return there.length;
}

document.addEventListener("click", (event) => {
  const mark = event.target.closest?.("[data-beat]");
  if (mark && !event.ctrlKey && !event.metaKey && !event.shiftKey) opens(mark);
  if (event.target.closest?.("#pulse [data-log]")) place().hidePopover();
}, true);
document.addEventListener("htmx:after:swap", (event) => {
  const pop = place();
  if (pop && swapped(event) === pop && pop.firstElementChild && !pop.querySelector("[data-beat]") && !pop.matches(":popover-open")) pop.showPopover();
});
document.addEventListener("planned", (event) => redraw(event.detail.href));
