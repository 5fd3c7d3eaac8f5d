// Keys. Everything here also works without it: rows are links, moves are forms. What an open page renews: live.js.

const KEYS_OFF = "vocapp.keys.off";
const QUEUE = "vocapp.queue";

for (const shown of document.querySelectorAll(".js:not([data-fresh])")) shown.hidden = false;

const dialog = document.querySelector("[data-keys-list]");
const keysOn = document.querySelector("[data-keys-on]");
keysOn.checked = localStorage.getItem(KEYS_OFF) === null;
keysOn.addEventListener("change", () => {
  if (keysOn.checked) localStorage.removeItem(KEYS_OFF);
  else localStorage.setItem(KEYS_OFF, "1");
});
document.querySelector("[data-keys]")?.addEventListener("click", () => dialog.showModal());

// From an alert one comes back to the queue as it was, with its filters and on its page.
const back = document.querySelector("[data-back]");
if (document.querySelector("[data-live]")) sessionStorage.setItem(QUEUE, location.pathname + location.search);
else if (back && sessionStorage.getItem(QUEUE)?.startsWith(`${back.pathname}?`)) back.href = sessionStorage.getItem(QUEUE);

// A colour is written or picked: whichever changes, the other follows.
for (const picked of document.querySelectorAll("[data-colour-of]")) {
  const written = document.getElementById(picked.dataset.colourOf);
  picked.addEventListener("input", () => { written.value = picked.value; });
  written.addEventListener("input", () => { if (/^#[0-9a-f]{6}$/i.test(written.value)) picked.value = written.value; });
}

const press = (selector) => () => document.querySelector(selector)?.click();

function focus(found) {
  if (!found) return;
  for (let fold = found.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  found.focus();
  found.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row] [data-open-row]")];  // live.js changes them
  const at = rows.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
  focus(rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)]);
}

function claim() {
  const row = document.activeElement?.closest("[data-row]");
  const alone = document.querySelector("[data-row]") ? null : document;
  (row ?? alone)?.querySelector("[data-claim]")?.click();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  c: claim,
  n: press("a[rel=next]"),
  q: press("[data-back]"),
  t: press("[data-call]"),
  m: () => focus(document.querySelector("[data-note]")),
  r: () => focus(document.querySelector("[data-cause]")),
  "?": () => dialog.showModal(),
};
for (const number of [1, 2, 3, 4]) KEYS[number] = () => focus(document.querySelectorAll("[data-outcome]")[number - 1]);

// Escape folds the menu of a narrow screen again, from wherever one is in it.
const menu = document.querySelector(".menu");
document.querySelector(".side").addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.firstElementChild.focus();
});

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (!keysOn.checked || dialog.open || event.isComposing) return;
  if (target.closest("input, textarea, select, [contenteditable]")) {
    if (key === "Escape") target.blur();  // done writing: the keys are keys again
    const send = key === "Enter" && (event.ctrlKey || event.metaKey) && target.form?.querySelector("[data-conclude]");
    if (send) target.form.requestSubmit(send);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, key)) return;
  event.preventDefault();
  KEYS[key]();
});
