// Knows whether a form holds something that would be lost, and asks before it is.
import { sure } from "./ask.js";

let leaving = false;
const WATCHED = "form[method=post]:not([data-filters], [data-loose])";

export function isChanged() {
  return Boolean(document.querySelector("form[data-changed]"));
}

export async function mayLeave() {
  const { leave, leaveYes } = document.getElementById("sure").dataset;
  leaving = await sure(leave, leaveYes);
  return leaving;
}

// Whether the form differs from how the server drew it.
export function differs(form) {
  return [...form.elements].some((one) => {
    if (one.type === "hidden" || one.disabled || !one.name) return false;
    if (one.type === "checkbox" || one.type === "radio") return one.checked !== one.defaultChecked;
    if (one instanceof HTMLSelectElement) {
      const first = [...one.options].some((option) => option.defaultSelected);
      return [...one.options].some((option, n) => option.selected !== (first ? option.defaultSelected : n === 0) && !one.multiple);
    }
    return one.value !== one.defaultValue;
  });
}

function look(event) {
  const form = event.target.form;
  if (!form?.matches(WATCHED)) return;
  form.toggleAttribute("data-changed", differs(form));
}

document.addEventListener("input", look);
document.addEventListener("change", look);
document.addEventListener("submit", (event) => {
  const others = [...document.querySelectorAll("form[data-changed]")].some((form) => form !== event.target);
  leaving = event.target.matches(WATCHED) && !others;
});
document.addEventListener("htmx:finally:request", (event) => {
  if (event.detail.ctx.sourceElement.matches(WATCHED)) leaving = false; // any other ends by chance while a form is on its way
});
addEventListener("beforeunload", (event) => {
  if (isChanged() && !leaving) event.preventDefault();
});
