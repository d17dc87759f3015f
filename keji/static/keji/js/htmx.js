// What htmx needs to know about this site: nothing is evaluated, no script comes in with a part, errors are said, focus stays.
import { known, toast } from "./toasts.js";

const htmx = globalThis.htmx;
const MESSAGES = ["400", "403", "404", "413", "429", "503"];

function refuse() {
  throw new Error("keji: code in attributes is off");
}

export function message(status) {
  const name = String(status);
  return known(MESSAGES.includes(name) ? name : status >= 500 ? "500" : "400");
}

// 422 and 409 bring the form back; 401 means that the session is over; everything else is said and changes nothing.
export function failed(status) {
  if (status === 401) { location.reload(); return; }
  if (status === 422 || status === 409) return;
  toast({ level: "danger", text: message(status) });
}

export function focusAfter(target) {
  const wrong = target.querySelector?.("[data-problems], [aria-invalid=true], .doubt input");
  if (wrong) { wrong.focus(); wrong.scrollIntoView({ block: "center" }); return; }
  if (document.activeElement !== document.body || document.querySelector("dialog[open]")) return;
  const next = target.matches?.("[tabindex], a, button, input") ? target : document.getElementById("main");
  next?.focus({ preventScroll: true });
}

// What was swapped: the event itself comes from the element that asked.
export function swapped(event) {
  const { ctx } = event.detail;
  const target = typeof ctx.target === "string" ? document.querySelector(ctx.target) : ctx.target;
  return target?.isConnected ? target : document.getElementById(target?.id);
}

if (htmx) {
  htmx.registerExtension("keji", {
    init: (api) => api.initSecurity(null, refuse, refuse),
    htmx_before_swap: (_element, detail) => {
      for (const task of detail.tasks) task.fragment.querySelectorAll("script").forEach((script) => script.remove());
    },
  });
  document.addEventListener("htmx:response:error", (event) => failed(event.detail.ctx.response.status));
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx && !event.detail.ctx.response) toast({ level: "danger", text: known("offline") });
  });
  document.addEventListener("htmx:after:swap", (event) => focusAfter(swapped(event) ?? document.body));
}
