// Long lists get a search by text and pinyin. The library is fetched only where a list stands.
const SOURCE = "../../vendor/tom-select.js";
let library = null;

export function settings(select) {
  return {
    searchField: ["text", "pinyin"],
    maxOptions: 300,
    allowEmptyOption: false,
    selectOnTab: true,
    openOnFocus: true,
    placeholder: select.options[0]?.value === "" ? select.options[0].text : "",
    plugins: [],
    render: { no_results: () => `<div class="no-results">—</div>` },
  };
}

async function load() {
  library ??= import(SOURCE).then(() => globalThis.TomSelect);
  return library;
}

export async function choose(root = document) {
  const selects = [...root.querySelectorAll("select[data-choose]:not(.tomselected)")];
  if (!selects.length) return;
  const TomSelect = await load();
  for (const select of selects) if (select.isConnected && !select.tomselect) {
    new TomSelect(select, settings(select));
    select.setAttribute("aria-hidden", "true");
  }
}

choose();
document.addEventListener("htmx:after:swap", () => choose());

// "改为 …" puts what was meant into the field.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-fill]");
  if (!button) return;
  const field = document.getElementById(button.dataset.for);
  if (field.tomselect) field.tomselect.setValue(button.dataset.fill);
  else field.value = button.dataset.fill;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
