// One dialog for every "are you sure", and the buttons that open and shut dialogs.
export function sure(text, yes = "") {
  const dialog = document.getElementById("sure");
  dialog.querySelector("#sure-text").textContent = text;
  dialog.querySelector("[value=yes]").textContent = yes || dialog.dataset.yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

export function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return false;
  for (const one of document.querySelectorAll("[popover]:popover-open")) one.hidePopover();
  dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("opened", { bubbles: true }));
  return true;
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (opener) { event.preventDefault(); open(opener.dataset.opens); return; }
  if (event.target.closest?.("dialog [data-shuts]")) event.target.closest("dialog").close("no");
  if (event.target instanceof HTMLDialogElement && event.target.open) outside(event);
});

function outside(event) {
  const box = event.target.getBoundingClientRect();
  const within = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!within && event.detail && !event.target.querySelector("form[data-changed]")) event.target.close("no");
}

document.addEventListener("htmx:confirm", (event) => {
  event.preventDefault();
  const { ctx, issueRequest, dropRequest } = event.detail;
  sure(ctx.confirm).then((yes) => (yes ? issueRequest() : dropRequest()));
});
