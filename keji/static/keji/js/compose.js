// Writing a follow-up down: on the customer's page in its composer, elsewhere in a dialog that any [data-log] opens.
import { open } from "./ask.js";
import { known, toast } from "./toasts.js";

const place = () => document.querySelector("#main [data-compose] textarea");

export async function compose(link) {
  const here = place();
  if (here) { here.focus(); here.scrollIntoView({ block: "center" }); return true; }
  const body = document.getElementById("log-body");
  if (!body || !globalThis.htmx) return false;
  await globalThis.htmx.ajax("GET", link.href, { target: "#log-body", swap: "innerHTML" });
  if (!body.firstElementChild) { toast({ level: "danger", text: known("offline") }); return false; }
  open("log");
  body.querySelector("pick-customer input[type=search], textarea")?.focus();
  return true;
}

// Long texts are taken, but said to be long.
export function brief(field) {
  const hint = field.parentElement.querySelector(".hint.long");
  if (hint) hint.hidden = [...field.value.trim()].length <= Number(field.dataset.brief);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-log]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !(place() || document.getElementById("log"))) return;
  event.preventDefault();
  compose(link);
});
document.addEventListener("input", (event) => { if (event.target.matches?.("textarea[data-brief]")) brief(event.target); });
document.addEventListener("logged", (event) => event.detail.asks || document.getElementById("log")?.close());
