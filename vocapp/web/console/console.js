// Keys and freshness. Everything here also works without it: rows are links, moves are forms, a reload is a reload.

const EVERY_MS = 15_000;
const KEYS_OFF = "vocapp.keys.off";

for (const shown of document.querySelectorAll(".js:not([data-fresh])")) shown.hidden = false;

const dialog = document.querySelector("[data-keys-list]");
const keysOn = document.querySelector("[data-keys-on]");
keysOn.checked = localStorage.getItem(KEYS_OFF) === null;
keysOn.addEventListener("change", () => {
  if (keysOn.checked) localStorage.removeItem(KEYS_OFF);
  else localStorage.setItem(KEYS_OFF, "1");
});
document.querySelector("[data-keys]")?.addEventListener("click", () => dialog.showModal());

const rows = [...document.querySelectorAll("[data-row] [data-open-row]")];

function move(step) {
  if (!rows.length) return;
  const at = rows.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
  const next = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
  next.focus();
  next.closest("[data-row]").scrollIntoView({ block: "nearest" });
}

function claim() {
  const row = document.activeElement?.closest("[data-row]");
  const button = row ? row.querySelector("[data-claim]") : rows.length ? null : document.querySelector("[data-claim]");
  button?.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !keysOn.checked || dialog.open) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const onward = () => document.querySelector("a[rel=next]")?.click();
  const action = { j: () => move(1), k: () => move(-1), c: claim, n: onward, "?": () => dialog.showModal() }[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

const pulse = document.querySelector("[data-pulse]").dataset.pulse;
const count = document.querySelector("[data-open]");
const frame = document.querySelector("[data-mark]");
const fresh = document.querySelector("[data-fresh]");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(pulse, { headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) return;
    const { open, mark } = await answer.json();
    if (fresh && mark !== frame.dataset.mark) fresh.hidden = false;
    if (Number(count.dataset.open) === open) return;
    count.dataset.open = open;
    count.classList.toggle("none", open === 0);
    count.firstElementChild.textContent = open.toLocaleString(document.documentElement.lang);
    count.lastElementChild.textContent = "";
  } catch {
    // The session has ended or the network is away: the next click says so.
  }
}

setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);
