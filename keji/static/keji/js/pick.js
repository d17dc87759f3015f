// <pick-customer data-src data-facts-src data-then><input type=search><input type=hidden><ul role=listbox></pick-customer>: a customer is
// found while one types; what is known of the chosen one takes the place of [data-facts] in the form, and the field named by data-then is next. Says "picked".
import { pick, step } from "./palette.js";

const WAIT = 150;

export function line(one, nth) {
  const made = Object.assign(document.createElement("li"), { id: `picked-${nth}`, role: "option" });
  made.dataset.id = one.id;
  made.setAttribute("aria-selected", "false");
  made.append(Object.assign(document.createElement("span"), { textContent: one.text }));
  if (one.sub) made.append(Object.assign(document.createElement("small"), { textContent: one.sub }));
  return made;
}

class PickCustomer extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("[type=search]");
    this.hidden_ = this.querySelector("[type=hidden]");
    this.list = this.querySelector("[role=listbox]");
    this.input.addEventListener("input", () => { this.hidden_.value = ""; clearTimeout(this.clock); this.clock = setTimeout(() => this.ask(), WAIT); });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("pointerdown", (event) => { const one = event.target.closest("[role=option]"); if (one) { event.preventDefault(); this.choose(one); } });
    this.input.addEventListener("blur", () => this.show([]));
  }

  async ask() {
    const words = this.input.value.trim();
    const answer = words ? await fetch(`${this.dataset.src}?q=${encodeURIComponent(words)}`).catch(() => null) : null;
    if (words !== this.input.value.trim()) return;
    this.show(answer?.ok ? await answer.json() : []);
  }

  show(found) {
    this.list.replaceChildren(...found.map(line));
    this.list.hidden = found.length === 0;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    pick(this.list, this.input, this.list.firstElementChild);
  }

  key(event) {
    if (event.isComposing || this.list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); step(this.list, this.input, event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Enter") { event.preventDefault(); this.choose(this.list.querySelector("[aria-selected=true]")); }
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); this.show([]); }
  }

  async choose(one) {
    this.hidden_.value = one.dataset.id;
    this.input.value = one.querySelector("span").textContent;
    this.show([]);
    await this.bring(one.dataset.id);
    this.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: { id: one.dataset.id } }));
    const form = this.closest("form");
    (form?.elements[this.dataset.then] ?? form?.querySelector("textarea"))?.focus();
  }

  async bring(id) {
    const slot = this.closest("form")?.querySelector("[data-facts]");
    if (!slot || !this.dataset.factsSrc) return;
    const answer = await fetch(`${this.dataset.factsSrc}?customer=${encodeURIComponent(id)}`).catch(() => null);
    if (!answer?.ok || this.hidden_.value !== id) return;
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    slot.replaceWith(made.content);
  }
}

customElements.define("pick-customer", PickCustomer);
