// Files that are chosen, dropped or pasted. <form data-files> sends them at once (without this module it has a button);
// a form with [data-basket] gathers them until it is saved, and names them. What the server would refuse for its size is not sent:
// data-most bytes a file, data-together in one go, data-large says so.
import { toast } from "./toasts.js";

export function named(files) {
  // A pasted screenshot has no name of its own.
  return [...files].map((file, place) =>
    file.name && file.name !== "image.png" ? file : new File([file], `截图-${Date.now()}-${place + 1}.png`, { type: file.type }),
  );
}

function put(input, files) {
  const basket = new DataTransfer();
  for (const file of files) basket.items.add(file);
  input.files = basket.files;
}

// What Office copies is text, with a picture of it alongside: the text is meant.
export function pasted(data) {
  const text = data?.types.includes("text/html") && data.getData("text/plain").trim();
  return text ? [] : [...(data?.files ?? [])];
}

export function fits(place, files) {
  const { most, together, large } = place.dataset;
  const heavy = files.filter((file) => file.size > Number(most));
  const whole = files.reduce((sum, file) => sum + file.size, 0);
  if (!heavy.length && !(whole > Number(together))) return true;
  toast({ level: "danger", text: [...heavy.map((file) => file.name), large].join(" · ") });
  return false;
}

export function send(form, files) {
  const fine = files.length > 0 && fits(form, files);
  put(form.querySelector("input[type=file]"), fine ? files : []);
  if (fine) form.requestSubmit();
}

const gathered = new WeakMap();  // basket → its files: a second choice would put the first away

export function gather(basket, files) {
  const input = basket.querySelector("input[type=file]");
  put(input, files);
  gathered.set(basket, [...input.files]);
  const lines = [...input.files].map((file, place) => {
    const line = document.createElement("li");
    const away = document.createElement("button");
    Object.assign(away, { type: "button", textContent: "×", title: basket.dataset.remove, ariaLabel: `${basket.dataset.remove} ${file.name}` });
    away.addEventListener("click", () => gather(basket, gathered.get(basket).filter((_file, other) => other !== place)));
    line.append(file.name, away);
    return line;
  });
  basket.querySelector("[data-chosen]").replaceChildren(...lines);
}

function add(basket, files) {
  const before = gathered.get(basket) ?? [];
  const all = [...before, ...files];
  gather(basket, fits(basket, all) ? all : before);
}
const basketOf = (form) => form?.querySelector("[data-basket]");

// The form that takes files dropped or pasted at this place.
function over(event) {
  const form = event.target.closest?.("[data-files], [data-compose]") ?? event.target.closest?.("#files")?.querySelector("[data-files]");
  return form?.matches("[data-files]") || basketOf(form) ? form : null;
}

function take(form, files) {
  const basket = basketOf(form);
  if (basket) add(basket, files);
  else send(form, files);
}

document.addEventListener("change", (event) => {
  if (event.target.type !== "file") return;
  const basket = event.target.closest("[data-basket]");
  if (basket) add(basket, [...event.target.files]);
  else if (over(event)) send(over(event), [...event.target.files]);
});
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files") || event.target.matches?.("input[type=file]")) return;
    event.preventDefault(); // a file dropped beside its place would be opened instead of this page
    const form = over(event);
    if (form) form.classList.add("over");
    else event.dataTransfer.dropEffect = "none";
  });
}
document.addEventListener("dragleave", (event) => over(event)?.classList.remove("over"));
document.addEventListener("drop", (event) => {
  const form = over(event);
  if (!form || !event.dataTransfer.files.length) return;
  event.preventDefault();
  form.classList.remove("over");
  take(form, [...event.dataTransfer.files]);
});
document.addEventListener("paste", (event) => {
  const form = over(event) ?? (event.target.closest?.("dialog") ? null : document.querySelector("[data-files]"));
  const files = pasted(event.clipboardData);
  if (!form || !files.length) return;
  event.preventDefault();
  take(form, named(files));
});
