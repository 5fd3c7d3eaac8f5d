// The builder of segments: counts while one edits. The form is sent as it stands. What comes back never takes the place
// of what somebody has typed or chosen since, nor of the field they are in: the rows are made like those that came, field
// by field. One request at a time; a count that is out of date is not shown. Without this, buttons do the same.

const PAUSE_MS = 400;
const FIELDS = "input, select, textarea";

const form = document.querySelector("[data-shape-form]");
const counted = form.querySelector("[data-counted]");
const rows = form.querySelector("[data-rows]");
const jobs = [];
let under;  // the request under way
let edits = 0;  // how often a field was changed
let waiting;

// ── one request after another: `shape` asks for rows, too, `button` is the one that was pressed

function ask(job) {
  clearTimeout(waiting);
  const last = jobs.at(-1);
  if (last && !last.button && !job.button) last.shape ||= job.shape, last.asked ||= job.asked;
  else jobs.push(job);
  if (under && !under.job.shape) under.control.abort();  // it would count what has changed since
  if (!under) work();
}

async function work() {
  counted.setAttribute("aria-busy", "true");
  while (jobs.length) {
    under = { job: jobs.shift(), control: new AbortController() };
    try {
      await send(under.job, under.control.signal);
    } catch {
      // the button still counts
    }
  }
  under = undefined;
  counted.removeAttribute("aria-busy");
}

async function send({ button, shape, asked }, signal) {
  if (button && !button.isConnected) return;
  const body = new URLSearchParams(new FormData(form));
  body.set("do", button?.value ?? "count");
  if (shape) body.set("shape", "1");
  if (asked) body.set("asked", "1");
  const before = edits;
  const sent = new Map([...form.querySelectorAll(FIELDS)].map((field) => [field, stateOf(field)]));
  const answer = await fetch(form.dataset.count, { method: "POST", body, signal, redirect: "error" });
  if (!answer.ok) throw new Error(answer.statusText);
  const part = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = part.querySelector("[data-rows]");
  if (next && rows) reshape(next, sent, button);
  if (edits !== before) return;  // somebody went on: a newer count follows
  if (!next) mark(part);
  const said = part.querySelector("[data-counted]");
  if (said.innerHTML !== counted.innerHTML) counted.replaceChildren(...said.childNodes);
}

// ── the rows, made like those that came

function reshape(next, sent, button) {
  const held = document.activeElement;
  const row = held?.closest(".condition");
  const place = [...rows.querySelectorAll(".condition")].indexOf(row);
  const known = new Set(rows.querySelectorAll(".condition"));
  if (button?.value.startsWith("drop-")) drop(button.closest(".condition"));
  likenInside(rows, next, sent);
  const all = [...rows.querySelectorAll(".condition")];
  for (const one of all) {
    if ([...one.querySelectorAll(FIELDS)].some((field) => isEdited(field, sent))) unmark(one);
  }
  if (button && (held === button || held === document.body)) {
    (all.find((one) => !known.has(one)) ?? all[Math.min(Math.max(place, 0), all.length - 1)])?.querySelector("select")?.focus();
  } else if (row && !held.isConnected) {
    (row.querySelector(`.value :is(${FIELDS})`) ?? all[Math.min(place, all.length - 1)]?.querySelector("select"))?.focus();
  }
}

function drop(row) {
  const group = row.closest(".group");
  row.remove();
  if (!group.querySelector(".condition") && rows.querySelectorAll(".group").length > 1) group.remove();
}

function liken(own, next, sent) {
  const mine = isEdited(own, sent) ? stateOf(own) : undefined;
  for (const { name } of [...own.attributes]) if (!next.hasAttribute(name)) own.removeAttribute(name);
  for (const { name, value } of next.attributes) if (own.getAttribute(name) !== value) own.setAttribute(name, value);
  if (own.matches("select")) likenOptions(own, next);
  else if (!own.querySelector(`${FIELDS}, button`) && own.innerHTML !== next.innerHTML) own.replaceChildren(...next.childNodes);
  else likenInside(own, next, sent);
  if (own.matches(FIELDS)) put(own, fits(own, mine) ? mine : stateOf(next));
}

function likenOptions(own, next) {
  const listed = (select) => [...select.options].map((one) => `${one.value} ${one.text}`).join("\n");
  if (listed(own) !== listed(next)) own.replaceChildren(...[...next.children].map((one) => one.cloneNode(true)));
}

function likenInside(own, next, sent) {
  const there = keyed(own);
  const wanted = keyed(next);
  for (const [key, child] of there) if (!wanted.has(key)) child.remove();
  let here = own.firstElementChild;
  for (const [key, child] of wanted) {
    if (there.has(key)) {
      liken(there.get(key), child, sent);
      here = there.get(key).nextElementSibling;
    } else own.insertBefore(child, here);
  }
}

// Children by what they are, counted where there are several; a choice by its value, and by its words.
function keyed(parent) {
  const found = new Map();
  for (const child of parent.children) {
    const choice = child.matches("label.check") ? `${child.querySelector("input").value} ${child.textContent}` : "";
    const what = `${child.tagName}.${child.className}.${choice}`;
    let number = 0;
    while (found.has(`${what}.${number}`)) number += 1;
    found.set(`${what}.${number}`, child);
  }
  return found;
}

const stateOf = (field) => (field.type === "checkbox" ? field.checked : field.value);
const isEdited = (field, sent) => sent.has(field) && sent.get(field) !== stateOf(field);

function fits(field, value) {
  return value !== undefined && (!field.matches("select") || [...field.options].some((one) => one.value === value));
}

function put(field, value) {
  if (stateOf(field) === value) return;
  if (field.type === "checkbox") field.checked = value;
  else field.value = value;
}

// ── what is wrong with a row: gone as soon as somebody mends it, told again by the next count

function mark(part) {
  for (const row of form.querySelectorAll(".condition")) {
    const id = row.querySelector("select").id.replace(/-field$/, "");
    const error = part.querySelector(`#${id}-error`);
    if (error?.textContent === row.querySelector(".error")?.textContent) continue;
    unmark(row);
    if (!error) continue;
    row.append(error);
    const field = row.querySelector(`#${id}-${error.dataset.of}`) ?? row.querySelector(`.value :is(${FIELDS})`);
    field?.setAttribute("aria-invalid", "true");
    field?.setAttribute("aria-describedby", error.id);
  }
}

function unmark(row) {
  row.querySelector(".error")?.remove();
  for (const field of row.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
}

// What was said of the fact before says nothing of the one that was just chosen; what is typed from now on does.
function empty(row) {
  for (const field of row.querySelectorAll(`.value :is(${FIELDS})`)) put(field, field.type === "checkbox" ? false : "");
  row.querySelector("[name$='.typed']").value = String(edits);
}

form.addEventListener("input", (event) => {
  const row = event.target.closest(".condition");
  if (!row && !event.target.closest("[data-rows], [name=rule]")) return;
  edits += 1;
  if (row) unmark(row);
  if (event.target.closest("[data-shape]")) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => ask({ shape: false }), PAUSE_MS);
});
form.addEventListener("change", (event) => {
  if (!event.target.closest("select[data-shape]")) return;
  if (event.target.name.endsWith(".field")) empty(event.target.closest(".condition"));
  ask({ shape: true });
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=do]");
  if (!button || !(button.dataset.shape !== undefined || button.value === "count")) return;
  event.preventDefault();
  if (button.dataset.shape !== undefined) ask({ button, shape: true });
  else ask({ shape: false, asked: true });
});
