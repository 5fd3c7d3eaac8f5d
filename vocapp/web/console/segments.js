// The builder of segments: counts while one edits. The form is sent as it stands, and what comes back takes its place:
// the count always, the rows where a field was changed, added or taken away. Without this, buttons do the same.

const PAUSE_MS = 400;

const form = document.querySelector("[data-shape-form]");
const counted = form.querySelector("[data-counted]");
let waiting;
let asking;

async function ask(what, shape) {
  clearTimeout(waiting);
  asking?.abort();
  asking = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  body.set("do", what);
  if (shape) body.set("shape", "1");
  counted.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.count, { method: "POST", body, signal: asking.signal, redirect: "error" });
    if (!answer.ok) throw new Error(answer.statusText);
    put(new DOMParser().parseFromString(await answer.text(), "text/html"), what);
    counted.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name !== "AbortError") counted.removeAttribute("aria-busy");  // the button still counts
  }
}

function put(part, what) {
  const said = part.querySelector("[data-counted]");
  if (said.innerHTML !== counted.innerHTML) counted.replaceChildren(...said.childNodes);
  const rows = part.querySelector("[data-rows]");
  if (!rows) return;
  const own = form.querySelector("[data-rows]");
  const held = document.activeElement?.id;
  const before = own.querySelectorAll("[id$=-field]").length;
  own.replaceChildren(...rows.childNodes);
  const fields = own.querySelectorAll("[id$=-field]");
  const added = fields.length > before;
  (added ? newest(what, fields) : (held && document.getElementById(held)) || fields[0])?.focus();
}

// The field of the row that was added: the last one of its group.
function newest(what, fields) {
  const group = what.startsWith("row-") ? `g${what.slice(4)}-` : "g";
  return [...fields].filter((field) => field.id.startsWith(group)).at(-1);
}

form.addEventListener("input", (event) => {
  if (!event.target.closest("[data-shape]") && event.target.closest("[data-rows], [name=rule]")) {
    clearTimeout(waiting);
    waiting = setTimeout(() => ask("count", false), PAUSE_MS);
  }
});
form.addEventListener("change", (event) => {
  if (event.target.closest("select[data-shape]")) ask("count", true);
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=do]");
  if (!button || !(button.dataset.shape !== undefined || button.value === "count")) return;
  event.preventDefault();
  ask(button.value, button.dataset.shape !== undefined);
});
