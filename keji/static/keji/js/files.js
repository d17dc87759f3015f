// Files that are chosen, dropped or pasted. <form data-files> sends them at once (without this module it has a button);
// a form with [data-basket] gathers them until it is saved, and names them.

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

export function send(form, files) {
  if (!files.length) return;
  put(form.querySelector("input[type=file]"), files);
  form.requestSubmit();
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

const add = (basket, files) => gather(basket, [...(gathered.get(basket) ?? []), ...files]);
const basketOf = (form) => form?.querySelector("[data-basket]");

// The form that takes files dropped or pasted at this place.
function over(event) {
  const form = event.target.closest?.("[data-files], [data-compose]");
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
  else over(event)?.requestSubmit();
});
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    const form = over(event);
    if (!form || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("over");
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
  const form = over(event) ?? document.querySelector("[data-files]");
  const files = event.clipboardData?.files ?? [];
  if (!form || !files.length) return;
  event.preventDefault();
  take(form, named(files));
});
