// <keji-regions data-src><input><select><select><select></keji-regions>: province, city and district write one code into the input.
export async function children(src, parent) {
  const answer = await fetch(`${src}?parent=${encodeURIComponent(parent)}`);
  return answer.ok ? answer.json() : [];
}

// The option of this level that a code lies in: its own, or the one it begins like.
export function within(codes, code, level) {
  const stem = code.slice(0, level * 2).padEnd(6, "0");
  return codes.find((one) => one === code) ?? codes.find((one) => one === stem) ?? "";
}

export function offer(select, list) {
  const blank = select.options[0];
  select.replaceChildren(blank, ...list.map((one) => new Option(one.name, one.code)));
  select.disabled = list.length === 0;
}

class Regions extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.selects = [...this.querySelectorAll("select")];
    this.addEventListener("change", (event) => this.changed(this.selects.indexOf(event.target)));
    this.querySelector("select").id = `${this.input.id}-province`;
    const label = document.querySelector(`label[for="${CSS.escape(this.input.id)}"]`);
    if (label) label.htmlFor = this.selects[0].id;
    this.show(this.input.value);
  }

  async show(code) {
    if (this.selects[0].options.length < 2) offer(this.selects[0], await children(this.dataset.src, ""));
    for (const [n, select] of this.selects.entries()) {
      if (!code) return;
      select.value = within([...select.options].map((one) => one.value), code, n + 1);
      if (!select.value || n === 2) return;
      offer(this.selects[n + 1], await children(this.dataset.src, select.value));
    }
  }

  async changed(level) {
    if (level < 0) return;
    const code = this.selects[level].value;
    this.input.value = code || this.selects[level - 1]?.value || "";
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    for (const later of this.selects.slice(level + 1)) offer(later, []);
    if (code && level < 2) offer(this.selects[level + 1], await children(this.dataset.src, code));
  }
}

customElements.define("keji-regions", Regions);
