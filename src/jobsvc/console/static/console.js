// What the pages do beyond links and forms: they keep themselves fresh, and can be used by keys alone.
"use strict";

const home = document.body.dataset.home;
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// ---- Freshness: the page is asked for again, and what has changed in it takes the place of what was there.

const main = one("main");
const touch = one("#touch");
let shown = main.innerHTML;
let timer = 0;

// What is under a finger is not taken away either: a click on what is gone would be lost.
let isPressing = false;
document.addEventListener("pointerdown", () => { isPressing = true; });
document.addEventListener("pointerup", () => setTimeout(() => { isPressing = false; }, 100));
document.addEventListener("pointercancel", () => { isPressing = false; });
document.addEventListener("submit", () => { main.dataset.touched = "1"; });
addEventListener("pageshow", (event) => { if (event.persisted) delete main.dataset.touched; });

const isBusy = () =>
  document.hidden || isPressing || all("input[name=job_id]:checked").length > 0 || !getSelection().isCollapsed ||
  (main.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) ||
  main.dataset.touched;

const tell = (text, isLost) => {
  if (!touch) return;
  touch.textContent = text;
  touch.classList.toggle("lost", isLost);
};

// Who follows the events need not ask whether there is something new: only durations grow old meanwhile.
const FOLLOWING = 15000;
let source = null;
let isFollowing = false;
let drawn = 0;

function follow() {
  if (main.dataset.follow === undefined || source || document.hidden) return;
  source = new EventSource(`${home}api/v6/events/stream/?${main.dataset.follow}`);
  source.addEventListener("open", () => { isFollowing = true; tell("live", false); soon(); });
  source.addEventListener("message", soon);
  source.addEventListener("error", () => {
    // The browser comes back by itself, unless it was refused; meanwhile the page asks as often as without events.
    if (source?.readyState === EventSource.CLOSED) source = null;
    // Each further try that fails is an error as well: to wait anew for each would be to wait for ever.
    if (!isFollowing) return;
    isFollowing = false;
    tell("lost touch, trying again", true);
    clearTimeout(timer);
    timer = setTimeout(refresh, Number(main.dataset.live) * 1000);
  });
}

function leave() {
  source?.close();
  source = null;
  isFollowing = false;
}

let isDue = false;
// At most one redraw a second, however much happens.
function soon() {
  if (isDue || !main.dataset.live) return;
  isDue = true;
  clearTimeout(timer);
  timer = setTimeout(refresh, Math.max(0, drawn + 1000 - Date.now()));
}

let isAsking = false;
let isMissed = false;

async function refresh() {
  isDue = false;
  // On a slow line answers must not pile up, nor overtake each other: what happens meanwhile is asked for afterwards.
  if (isAsking) return void (isMissed = true);
  drawn = Date.now();
  let period = Number(main.dataset.live) * 1000;
  if (!period) return;
  if (!isBusy()) {
    isAsking = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (answer.redirected) return void location.assign(answer.url);
      if (!answer.ok) throw new Error(answer.status);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = one("main", fresh);
      if (!isBusy() && next.innerHTML !== shown) replace(next, fresh.title);
      tell("live", false);
      if (isFollowing) period = FOLLOWING;
    } catch {
      tell("lost touch, trying again", true);
    } finally {
      isAsking = false;
    }
  }
  if (isMissed) { isMissed = false; soon(); }
  if (!isDue) { clearTimeout(timer); timer = setTimeout(refresh, period); }
}

function replace(next, title) {
  const at = all("tr[data-href]").findIndex((row) => row.classList.contains("at"));
  const open = all("main details").map((item) => item.open);
  const scrolled = all(".log", main).map((box) => box.scrollTop + box.clientHeight >= box.scrollHeight - 4);
  shown = next.innerHTML;
  main.innerHTML = shown;
  document.title = title;
  if (next.dataset.live) main.dataset.live = next.dataset.live; else delete main.dataset.live;
  all("main details").forEach((item, place) => { item.open = open[place] ?? item.open; });
  all(".log", main).forEach((box, place) => { if (scrolled[place] ?? true) box.scrollTop = box.scrollHeight; });
  if (at >= 0) all("tr[data-href]")[at]?.classList.add("at");
  prepare();
}

// A tab that nobody looks at holds no connection: browsers have but a few for a host.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return leave();
  if (main.dataset.live) { clearTimeout(timer); refresh(); }
  follow();
});
addEventListener("pagehide", leave);
addEventListener("pageshow", follow);
// What somebody has begun to fill in is not taken away.
main.addEventListener("input", (event) => { if (event.target.name !== "job_id") main.dataset.touched = "1"; });
if (main.dataset.live) timer = setTimeout(refresh, Number(main.dataset.live) * 1000);

// ---- Selection of jobs

function countSelected() {
  const count = all("input[name=job_id]:checked").length;
  all("[data-needs-selection]").forEach((button) => { button.disabled = count === 0; });
}

main.addEventListener("change", (event) => {
  if (event.target.id === "all") all("input[name=job_id]").forEach((box) => { box.checked = event.target.checked; });
  if (event.target.matches("[data-submits]")) event.target.form.submit();
  if (event.target.matches("[data-upload], [data-upload-here]")) upload(event.target);
  countSelected();
});
main.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (row && !event.target.closest("a, input, button, label") && getSelection().isCollapsed) location.assign(row.dataset.href);
});

// Empty fields would be noise in an address that people pass on; the period alone says something when it is empty.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "get") return;
  all("input, select", event.target).forEach((field) => { if (!field.value && field.name !== "started") field.disabled = true; });
  setTimeout(() => all("input:disabled, select:disabled", event.target).forEach((field) => { field.disabled = false; }));
});

// ---- Uploads: the file goes to the API as it is, and its id into the field.

async function upload(input) {
  const told = input.closest("div").querySelector(".uploads");
  const field = input.dataset.upload ? document.getElementById(input.dataset.upload) : null;
  const ids = [];
  for (const file of input.files) {
    told.textContent = `uploading ${file.name} …`;
    const query = new URLSearchParams({ file_name: file.name, ...(file.type ? { media_type: file.type } : {}) });
    try {
      const answer = await fetch(`${home}api/v6/files/upload/?${query}`, { method: "POST", body: file });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.detail);
      ids.push(body.id);
    } catch (problem) {
      told.textContent = `${file.name}: ${problem.message}`;
      return;
    }
  }
  told.textContent = `${[...input.files].map((file) => file.name).join(", ")} uploaded`;
  if (field) field.value = (input.multiple && field.value ? `${field.value} ` : "") + ids.join(" ");
  else location.reload();
}

// ---- Saved views: queries by name, in this browser.

const VIEWS = "jobsvc.views";
const readViews = () => { try { return JSON.parse(localStorage.getItem(VIEWS)) ?? {}; } catch { return {}; } };

function drawViews() {
  const place = one("[data-views]");
  if (!place) return;
  place.replaceChildren(...Object.entries(readViews()).flatMap(([name, query]) => {
    const link = document.createElement("a");
    link.href = `${home}jobs/${query}`;
    link.textContent = name;
    const drop = document.createElement("button");
    drop.type = "button";
    drop.textContent = "×";
    drop.setAttribute("aria-label", `Drop the view ${name}`);
    drop.addEventListener("click", () => {
      const { [name]: _dropped, ...rest } = readViews();
      localStorage.setItem(VIEWS, JSON.stringify(rest));
      drawViews();
    });
    return [link, drop];
  }));
}

main.addEventListener("click", (event) => {
  if (event.target.id !== "save-view") return;
  const name = prompt("Name of the view");
  if (!name) return;
  localStorage.setItem(VIEWS, JSON.stringify({ ...readViews(), [name]: location.search }));
  drawViews();
});

// ---- Light and dark

one("#theme")?.addEventListener("click", () => {
  const isDark = getComputedStyle(document.documentElement).colorScheme === "dark";
  const next = isDark ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  document.cookie = `jobsvc_theme=${next}; path=${home}; max-age=31536000; samesite=lax`;
});

// ---- Keys

let isGoing = false;
const rows = () => all("tr[data-href]");

function step(by) {
  const found = rows();
  if (!found.length) return;
  const at = found.findIndex((row) => row.classList.contains("at"));
  found[at]?.classList.remove("at");
  const next = found[Math.min(Math.max(at + by, 0), found.length - 1)];
  next.classList.add("at");
  next.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  "/": () => one("[data-search]")?.focus(),
  "?": () => one("#keys").showModal(),
  j: () => step(1),
  k: () => step(-1),
  n: () => one("a[rel=next]")?.click(),
  p: () => one("a[rel=prev]")?.click(),
  x: () => { const box = one("tr.at input[name=job_id]"); if (box) { box.checked = !box.checked; countSelected(); } },
  Enter: () => { const row = one("tr.at"); if (row) location.assign(row.dataset.href); },
  g: () => { isGoing = true; setTimeout(() => { isGoing = false; }, 1500); },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target.matches("input, select, textarea")) return event.target.blur();
  if (event.target.matches("input:not([type=checkbox]), select, textarea") || one("dialog[open]")) return;
  if (event.key === "Enter" && event.target.matches("a, button, input, summary")) return;
  if (isGoing) {
    isGoing = false;
    const link = one(`nav a[data-key="${CSS.escape(event.key)}"]`);
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  const action = KEYS[event.key];
  if (action) { event.preventDefault(); action(); }
});
one("#help")?.addEventListener("click", KEYS["?"]);

// On a telephone the pages are one line that is moved sideways.
const current = one("nav [aria-current]");
if (current) current.parentElement.scrollLeft = current.offsetLeft - current.parentElement.clientWidth / 3;

function prepare() {
  countSelected();
  drawViews();
}
all(".log", main).forEach((box) => { if (!box.dataset.path) box.scrollTop = box.scrollHeight; });
prepare();
