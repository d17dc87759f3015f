// The bell asks now and then how much is unread, and what is new is told on the desktop if the person wants it.
// In the inbox, `e` marks the row as read and `s` puts it off; following a notice marks it as read.
import { isTyping } from "./keys.js";

const EVERY = 60_000;
const bell = () => document.querySelector("[data-bell]");
let tag = "";

export const granted = () => globalThis.Notification?.permission === "granted";

// Of the newest, those that came after what this browser has told; the very first time nothing is news.
export function fresh(newest, told) {
  return told === null ? [] : newest.filter((one) => one.at > Number(told));
}

export function show(count) {
  const link = bell();
  const number = link.querySelector("b");
  number.textContent = count > 99 ? "99+" : String(count);
  number.hidden = !count;
  link.setAttribute("aria-label", count ? link.dataset.some.replace("{n}", number.textContent) : link.dataset.none);
}

// What all tabs have told together stands in a cookie that goes with the browser's session.
const told = () => document.cookie.split("; ").find((one) => one.startsWith("told="))?.slice(5) ?? null;

function tell(newest) {
  const last = Math.max(0, ...newest.map((one) => one.at));
  const before = told();
  if (granted()) {
    for (const one of fresh(newest, before)) {
      const note = new Notification(one.title, { body: one.text, tag: `keji-${one.id}-${one.at}` });
      note.onclick = () => { window.focus(); location.assign(bell().href); };
    }
  }
  if (last > Number(before ?? -1)) document.cookie = `told=${last}; path=/; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}

export async function ask() {
  const answer = await fetch(bell().dataset.bell, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  tag = answer.headers.get("ETag") ?? "";
  const { unread, newest } = await answer.json();
  show(unread);
  tell(newest);
}

function read(link) {
  const token = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
  fetch(link.dataset.read, { method: "POST", keepalive: true, headers: { ...token, Accept: "application/json" } });
}

function desktop() {
  const button = document.querySelector("[data-desktop]");
  if (!button) return;
  const state = document.querySelector("[data-desktop-state]");
  const now = globalThis.Notification?.permission ?? "off";
  button.hidden = now !== "default";
  state.textContent = state.getAttribute(`data-${now}`) ?? "";
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("[data-read]");
  if (link) read(link);
  if (event.target.closest?.("[data-desktop]")) { await Notification.requestPermission(); desktop(); }
});
document.addEventListener("keydown", (event) => {
  const wanted = { e: "[data-done]", s: "[data-later]" }[event.key];
  if (!wanted || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const button = document.querySelector(`[data-inbox] tr.here ${wanted}`);
  if (button) { event.preventDefault(); button.click(); }
});
if (bell()) {
  desktop();
  if (granted()) setTimeout(ask, 2000);
  setInterval(() => { if (!document.hidden || granted()) ask(); }, EVERY);
}
