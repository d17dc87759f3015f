// The calendar: a task is dragged to another day, or moved by Shift and an arrow key; the server says whether it may.
import Sortable from "../../vendor/sortable.js";
import { message } from "./htmx.js";
import { known, toast } from "./toasts.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

export function moved(day, days) {
  const at = new Date(`${day}T12:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

async function send(item, day) {
  const token = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
  const body = new URLSearchParams({ day, version: item.dataset.version });
  try {
    return await fetch(item.dataset.move, { method: "POST", body, credentials: "same-origin", headers: { "HX-Request": "true", ...token } });
  } catch {
    toast({ level: "danger", text: known("offline") });
    return null;
  }
}

// Put a task onto a day and tell the server; what it refuses goes back to where it was.
export async function move(item, from, to, place = null) {
  to.insertBefore(item, place);
  const answer = await send(item, to.dataset.day);
  const told = JSON.parse(answer?.headers.get("HX-Trigger") ?? "{}").toast;
  if (answer?.ok) item.dataset.version = await answer.text();
  else from.append(item);
  if (told) toast(told);
  else if (answer && !answer.ok) toast({ level: "danger", text: message(answer.status) });
  return Boolean(answer?.ok);
}

function arrange() {
  if (!document.querySelector("[data-calendar][data-movable]")) return;
  for (const list of document.querySelectorAll("[data-day]")) {
    Sortable.create(list, {
      group: "tasks",
      draggable: "li.open",
      animation: 120,
      delay: 180,
      delayOnTouchOnly: true,
      ghostClass: "ghost",
      sort: false,
      onEnd: ({ item, from, to }) => { if (from !== to) move(item, from, to); },
    });
  }
}

document.addEventListener("keydown", (event) => {
  const days = STEPS[event.key];
  const item = event.target.closest?.("[data-movable] li.open");
  if (!days || !item || !event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const from = item.parentElement;
  const to = document.querySelector(`[data-day="${moved(from.dataset.day, days)}"]`);
  if (to) move(item, from, to).then(() => item.querySelector("a").focus());
});
document.addEventListener("change", (event) => { if (event.target.matches?.(".whose select")) event.target.form.requestSubmit(); });
arrange();
