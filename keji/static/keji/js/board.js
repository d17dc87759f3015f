// The board: a card is dragged to another column, or moved by its button; what the stage needs is asked in a dialog.
import Sortable from "../../vendor/sortable.js";
import { open } from "./ask.js";
import { message } from "./htmx.js";
import { known, toast } from "./toasts.js";

const HEADERS = { "HX-Request": "true" };

function headers(target) {
  const token = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
  return { ...HEADERS, ...token, "HX-Target": target };
}

async function send(address, options = {}, target = "form#move") {
  try {
    return await fetch(address, { credentials: "same-origin", ...options, headers: headers(target) });
  } catch {
    toast({ level: "danger", text: known("offline") });
    return null;
  }
}

function put(place, html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  made.content.querySelectorAll("script").forEach((one) => one.remove());
  place.replaceWith(made.content);
}

export async function refresh() {
  const answer = await send(location.href, {}, "section#board");
  if (!answer?.ok) { location.reload(); return; }
  const left = document.getElementById("board")?.scrollLeft ?? 0;
  put(document.getElementById("board"), await answer.text());
  document.getElementById("board").scrollLeft = left;
  arrange();
}

// 204: moved; 200: the form for what is asked of a sale or a loss; 422 and 409: the form with what is lacking; else: said, and the board as it was.
async function answered(answer) {
  if (!answer) { refresh(); return; }
  if (answer.status === 204) {
    document.getElementById("moving").close("moved");
    const told = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}").toast;
    if (told) toast(told);
    refresh();
    return;
  }
  if (answer.status === 200 || answer.status === 422 || answer.status === 409) { show(await answer.text()); return; }
  toast({ level: "danger", text: message(answer.status) });
  refresh();
}

function show(html) {
  const choosing = document.activeElement?.name === "_stage"; // by the arrow keys: the next one may be meant
  put(document.getElementById("move"), html);
  open("moving");
  const fields = [...document.querySelectorAll("#move .form-control, #move .form-select")];
  const first = document.querySelector("#move [aria-invalid=true]") ?? fields.find((one) => !choosing && one.name !== "_stage") ?? fields[0];
  first?.focus();
}

function post(card, stage) {
  const body = new FormData();
  body.set("_stage", stage);
  body.set("version", card.dataset.version);
  body.set("_dragged", "1");
  const address = card.querySelector("[data-move]").getAttribute("href");
  return send(address, { method: "POST", body });
}

export function arrange() {
  if (!document.querySelector("[data-board]")) return;
  for (const list of document.querySelectorAll("[data-stage]")) {
    Sortable.create(list, {
      group: "deals",
      draggable: "[data-deal]",
      animation: 120,
      delay: 180,
      delayOnTouchOnly: true,
      ghostClass: "ghost",
      sort: false,
      onEnd: ({ item, from, to }) => { if (from !== to) post(item, to.dataset.stage).then(answered); },
    });
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-move]");
  if (link && !event.ctrlKey && !event.metaKey) { event.preventDefault(); send(link.getAttribute("href")).then(answered); return; }
  if (event.target.closest?.("#moving [data-cancel]")) { event.preventDefault(); document.getElementById("moving").close("no"); }
});

document.addEventListener("change", (event) => {
  if (!event.target.matches?.("#moving [name=_stage]") || !event.target.value) return;
  const form = event.target.form;
  send(`${form.getAttribute("action")}?_stage=${encodeURIComponent(event.target.value)}`).then(answered);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches?.("#moving form")) return;
  event.preventDefault();
  const data = new FormData(form);
  if (form.method === "get") send(`${form.getAttribute("action")}?${new URLSearchParams(data)}`).then(answered);
  else send(form.getAttribute("action"), { method: "POST", body: data }).then(answered);
}, true);

// A dialog that is closed without a move leaves a dragged card where it does not belong.
document.getElementById("moving")?.addEventListener("close", (event) => { if (event.target.returnValue !== "moved") refresh(); });
document.addEventListener("htmx:after:swap", () => arrange());
arrange();
