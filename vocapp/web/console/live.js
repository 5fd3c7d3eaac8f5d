// What an open page renews by itself: the count in the menu everywhere, the queue's rows, and that an alert has changed.
// It asks for the queue's mark, which costs next to nothing while nothing happens (304), and fetches the page only then.

const OFTEN_MS = 1_000;
const SELDOM_MS = 15_000;
const LONGEST_MS = 60_000;
const RENEWED_MS = 60_000;  // « il y a 12 min » goes on
const STALE_AFTER = 5;  // failures in a row, until one is told
const STEADY_MS = 400;  // a button that has just slid under the pointer is not the one that was aimed at
const BY_ITSELF = { "X-Looks-By-Itself": "1" };

const frame = document.querySelector("[data-pulse]");
const counts = [...document.querySelectorAll("[data-open]")];  // in the menu, and in the bar of a narrow screen
const region = document.querySelector("[data-live]");
const watched = document.querySelector("[data-version]");
const news = document.querySelector("[data-news]");
const every = region || watched ? OFTEN_MS : SELDOM_MS;

let mark = frame.dataset.mark;
let failures = 0;
let renewedAt = performance.now();
let movedAt = -Infinity;
let waiting;

async function look() {
  clearTimeout(waiting);
  if (document.hidden) return;
  const started = performance.now();
  try {
    await ask();
    failures = 0;
  } catch {
    failures += 1;  // the session has ended, or the network is away
  }
  const stale = document.querySelector("[data-stale]");
  if (region && stale) stale.hidden = failures < STALE_AFTER;
  // Where answers take long, the server has enough to do: it is asked less often.
  const took = performance.now() - started;
  waiting = setTimeout(look, Math.min(Math.max(every, 3 * took) * 2 ** Math.min(failures, 6), LONGEST_MS));
}

async function ask() {
  const headers = { Accept: "application/json", "If-None-Match": `"${mark}"` };
  const answer = await fetch(frame.dataset.pulse, { headers, redirect: "error", cache: "no-store" });
  if (answer.status === 304) {
    if (region && performance.now() - renewedAt > RENEWED_MS) await renew();
    return;
  }
  if (!answer.ok) throw new Error(answer.statusText);
  const said = await answer.json();
  tell(said.open);
  if (region || watched) await renew();
  mark = said.mark;
}

const plurals = new Intl.PluralRules(document.documentElement.lang);

function tell(open) {
  const shown = open.toLocaleString(document.documentElement.lang);
  for (const count of counts) {
    if (Number(count.dataset.open) === open) continue;
    count.dataset.open = open;
    count.classList.toggle("none", open === 0);
    count.firstElementChild.textContent = shown;
    count.lastElementChild.textContent = `, ${count.dataset[plurals.select(open) === "one" ? "one" : "many"].replace("{n}", shown)}`;
  }
}

async function renew() {
  const answer = await fetch(watched?.dataset.self ?? location.href, { headers: BY_ITSELF, redirect: "error" });
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  renewedAt = performance.now();
  if (region) put(page.querySelector("[data-live]"));
  if (watched && page.querySelector("[data-version]")?.dataset.version !== watched.dataset.version) {
    document.querySelector("[data-fresh]").hidden = false;  // one may be writing: nothing is changed under one's hands
  }
}

const rowsOf = (part) => [...part.querySelectorAll("[data-row]")];
const said = (part) => part.outerHTML.replaceAll(/name="csrf_token" value="[^"]*"|\sdata-added=""/g, "");

function put(next) {
  const before = new Set(rowsOf(region).map((row) => row.dataset.row));
  const held = document.activeElement?.closest("[data-row]");
  const at = rowsOf(region).indexOf(held);
  const inside = held ? [...held.querySelectorAll("a, button")].indexOf(document.activeElement) : -1;
  const still = region.querySelector("[data-row]:hover") ?? held;
  const top = still?.getBoundingClientRect().top;

  const body = region.querySelector("tbody");
  if (body && next.querySelector("tbody")) {
    merge(body, rowsOf(next));
    for (const part of next.querySelectorAll("[data-part]")) {
      const own = region.querySelector(`[data-part=${part.dataset.part}]`);
      if (own && own.innerHTML !== part.innerHTML) own.replaceChildren(...part.childNodes);
    }
  } else if (said(region) !== said(next)) {
    region.replaceChildren(...next.childNodes);
    movedAt = performance.now();
  }

  const rows = rowsOf(region);
  const again = still && rows.find((row) => row.dataset.row === still.dataset.row);
  if (again) scrollBy(0, again.getBoundingClientRect().top - top);  // what one looks at stays where it is
  if (held && !held.isConnected) {
    const same = rows.find((row) => row.dataset.row === held.dataset.row);
    const row = same ?? rows[Math.min(at, rows.length - 1)];
    (row?.querySelectorAll("a, button")[same ? inside : 0] ?? row?.querySelector("a"))?.focus({ preventScroll: true });
    if (!same) news.textContent = news.dataset.gone;
  }
  const added = rows.filter((row) => !before.has(row.dataset.row));
  for (const row of added) row.dataset.added = "";
  if (added.length) news.textContent = news.dataset[added.length > 1 ? "many" : "one"].replace("{n}", added.length);
}

// Rows that are as they were stay what they are: whoever is on one of them notices nothing.
function merge(body, wanted) {
  const own = new Map(rowsOf(body).map((row) => [row.dataset.row, row]));
  const kept = wanted.map((row) => {
    const old = own.get(row.dataset.row);
    return old && said(old) === said(row) ? old : row;
  });
  for (const row of own.values()) if (!kept.includes(row)) row.remove();
  let here = body.firstElementChild;
  for (const row of kept) {
    if (row === here) here = here.nextElementSibling;
    else {
      body.insertBefore(row, here);
      movedAt = performance.now();
    }
  }
}

region?.addEventListener("click", (event) => {
  const slid = event.detail > 0 && performance.now() - movedAt < STEADY_MS;
  if (slid && event.target.closest("[data-claim]")) event.preventDefault();
});

document.addEventListener("visibilitychange", look);
waiting = setTimeout(look, every);
