// <button data-copy="text">: puts it on the clipboard and says so.
import { known, toast } from "./toasts.js";

export async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast({ text: known("copied") });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button) copy(button.dataset.copy);
});
