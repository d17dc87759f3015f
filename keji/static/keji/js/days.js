// A date is typed as people say it; the calendar button opens the browser's own.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-pick-day]");
  if (!button) return;
  const ghost = button.parentElement.querySelector("[type=date]");
  const field = button.parentElement.querySelector(".form-control");
  if (/^\d{4}-\d{2}-\d{2}$/.test(field.value)) ghost.value = field.value;
  ghost.showPicker();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches?.(".joined > .ghost")) return;
  const field = event.target.parentElement.querySelector(".form-control");
  field.value = event.target.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
