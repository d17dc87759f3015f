// Says what happened, at the edge of the page. The server's texts stand in #toasts and its data attributes.
const STAYS = 6000;
const LONG = 12000;

const place = () => document.getElementById("toasts");

export function known(name) {
  return place()?.getAttribute(`data-${name}`) ?? "";
}

export function toast({ level = "success", text = "", href = "", href_text: hrefText = "" }) {
  const template = document.getElementById("toast");
  if (!text || !template) return null;
  const made = template.content.firstElementChild.cloneNode(true);
  made.className = `toasted ${level}`;
  made.role = level === "danger" || level === "error" ? "alert" : "status";
  const picture = made.querySelector("use");
  if (level !== "success") picture.setAttribute("href", picture.getAttribute("href").replace("#circle-check", "#alert-circle"));
  made.querySelector("span").textContent = text;
  if (href.startsWith("/") && !href.startsWith("//")) {
    const link = Object.assign(document.createElement("a"), { href, textContent: hrefText });
    made.querySelector("span").after(link);
  }
  place().append(made);
  leave(made);
  return made;
}

function leave(made) {
  const stays = made.querySelector("a") || made.role === "alert" ? LONG : STAYS;
  let clock = setTimeout(() => made.remove(), stays);
  made.addEventListener("pointerenter", () => clearTimeout(clock));
  made.addEventListener("focusin", () => clearTimeout(clock));
  made.addEventListener("pointerleave", () => { clock = setTimeout(() => made.remove(), STAYS); });
}

document.addEventListener("toast", (event) => toast(event.detail));
document.addEventListener("click", (event) => event.target.closest?.("[data-toast] [data-shuts]")?.closest("[data-toast]").remove());
document.querySelectorAll("[data-toast]").forEach(leave);
