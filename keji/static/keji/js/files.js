// <form data-files>: sends what is chosen, dropped on it or pasted on the page. Without this module the form has a button.

export function named(files) {
  // A pasted screenshot has no name of its own.
  return [...files].map((file, place) =>
    file.name && file.name !== "image.png" ? file : new File([file], `截图-${Date.now()}-${place + 1}.png`, { type: file.type }),
  );
}

export function send(form, files) {
  if (!files.length) return;
  const basket = new DataTransfer();
  for (const file of files) basket.items.add(file);
  form.querySelector("input[type=file]").files = basket.files;
  form.requestSubmit();
}

const over = (event) => event.target.closest?.("[data-files]");

document.addEventListener("change", (event) => {
  const form = over(event);
  if (form && event.target.type === "file") form.requestSubmit();
});
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    const form = over(event);
    if (!form) return;
    event.preventDefault();
    form.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => over(event)?.classList.remove("over"));
document.addEventListener("drop", (event) => {
  const form = over(event);
  if (!form) return;
  event.preventDefault();
  form.classList.remove("over");
  send(form, [...event.dataTransfer.files]);
});
document.addEventListener("paste", (event) => {
  const form = document.querySelector("[data-files]");
  const files = event.clipboardData?.files ?? [];
  if (!form || !files.length) return;
  event.preventDefault();
  send(form, named(files));
});
