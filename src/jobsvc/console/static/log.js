// The log of an execution: a window of lines around those that are looked at, in a log of any length, that follows its end.
"use strict";

(() => {
  const view = document.getElementById("log");
  const told = document.getElementById("log-state");
  const words = view.dataset.words;
  const PAGE = 500, MOST = 3000, NEAR = 400;
  // Positions are the API's cursors: microseconds and number in them.
  const position = (line, by = 0) => {
    const [seconds, fraction = ""] = line["@timestamp"].replace("Z", "").split(".");
    return `${Date.parse(`${seconds}Z`) / 1000}${fraction.padEnd(6, "0")}_${line.scale_order_num + by}`;
  };
  let lines = [], hasEarlier = true, hasLater = true, isLoading = false, source = null, marked = view.dataset.line;

  async function load(params) {
    const query = new URLSearchParams({ page_size: PAGE, format: "json", ...(words ? { q: words } : {}), ...params });
    const answer = await fetch(`${view.dataset.path}?${query}`);
    if (answer.status === 204) return { found: [], more: false };
    if (!answer.ok) throw new Error((await answer.json()).detail);
    return { found: await answer.json(), more: /rel="?next/.test(answer.headers.get("link") ?? "") };
  }

  const earlier = (cursor) => load({ order: "desc", ...(cursor ? { cursor } : {}) }).then(({ found, more }) => ({ found: found.reverse(), more }));
  const later = (cursor) => load({ order: "asc", ...(cursor ? { cursor } : {}) });

  async function guarded(work) {
    if (isLoading) return;
    isLoading = true;
    try { await work(); } catch (problem) { told.textContent = problem.message || "The log cannot be read now."; } finally { isLoading = false; }
  }

  // ---- What is shown

  const isAtEnd = () => view.scrollTop + view.clientHeight >= view.scrollHeight - 8;
  const isFolding = () => document.getElementById("fold").checked;
  const shape = (text) => (/\d\s?%|\d\/\d|\[[#=>. -]+\]/.test(text) ? text.replace(/[\d.,:]+/g, "0").replace(/[#=>\-█▏▎▍▌▋▊▉ .]+/g, " ") : null);

  function folded() {
    const groups = [];
    for (const line of lines) {
      const last = groups.at(-1);
      const key = isFolding() ? shape(line.message) : null;
      if (key !== null && last && last.key === key && last.line.stream === line.stream) { last.line = line; last.steps += 1; }
      else groups.push({ key, line, steps: 1 });
    }
    return groups;
  }

  function draw() {
    view.replaceChildren(...folded().map(row));
    if (!lines.length) view.append(Object.assign(document.createElement("div"), { textContent: words ? "No line has these words." : "It has written nothing so far.", className: "empty" }));
    told.textContent = source ? "following" : told.textContent;
  }

  function row({ line, steps }) {
    const element = document.createElement("div");
    const here = position(line);
    if (line.stream === "stderr") element.className = "stderr";
    if (here === marked) element.classList.add("at");
    const time = document.createElement("a");
    time.href = `?${new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(location.search)), line: here })}`;
    time.textContent = line["@timestamp"].slice(11, 23).padEnd(12, " ");
    time.title = `${line["@timestamp"]} ${line.stream}: link to this line`;
    const text = document.createElement("span");
    text.className = "text";
    text.append(...coloured(line.message));
    element.append(time, text);
    if (steps > 1) element.append(Object.assign(document.createElement("small"), { textContent: `${steps} steps` }));
    return element;
  }

  // ---- Colours (ECMA-48, SGR), and the words that were looked for

  const ESCAPES = /\x1b\[([0-9;]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b./g;
  const needles = (words.match(/"[^"]+"|\S+/g) ?? []).filter((word) => !word.startsWith("-")).map((word) => word.replaceAll('"', "").toLowerCase());

  function coloured(message) {
    const parts = [];
    let style = new Set(), colour = "", from = 0;
    const put = (text) => {
      if (!text) return;
      const span = document.createElement("span");
      span.className = [...style].join(" ");
      if (colour) span.style.color = colour;
      span.append(...highlighted(text));
      parts.push(span);
    };
    for (const match of message.matchAll(ESCAPES)) {
      put(message.slice(from, match.index));
      from = match.index + match[0].length;
      if (match[1] === undefined) continue;
      const codes = match[1].split(";").map(Number);
      for (let at = 0; at < codes.length; at += 1) {
        const code = codes[at];
        if (code === 0) { style = new Set(); colour = ""; }
        else if (code === 38 || code === 48) {
          const taken = codes[at + 1] === 5 ? 2 : 4;
          if (code === 38) colour = codes[at + 1] === 5 ? indexed(codes[at + 2]) : `rgb(${codes.slice(at + 2, at + 5).map((part) => part & 255).join(" ")})`;
          at += taken;
        } else if (code === 22) { style.delete("a1"); style.delete("a2"); }
        else if (code === 39) { colour = ""; for (const name of style) if (/^a[39]\d$/.test(name)) style.delete(name); }
        else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) { for (const name of style) if (/^a[39]\d$/.test(name)) style.delete(name); colour = ""; style.add(`a${code}`); }
        else if (code >= 1 && code <= 4) style.add(`a${code}`);
      }
    }
    put(message.slice(from));
    return parts;
  }

  function indexed(index) {
    if (index < 16) return ["#555", "#b3261e", "#1b6e3c", "#7a5a00", "#1f4fb8", "#6b3fa0", "#0b7285", "#888"][index % 8];
    if (index >= 232) { const grey = 8 + 10 * (index - 232); return `rgb(${grey} ${grey} ${grey})`; }
    const cube = index - 16;
    return `rgb(${[Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((part) => (part ? 55 + 40 * part : 0)).join(" ")})`;
  }

  function highlighted(text) {
    if (!needles.length) return [text];
    const low = text.toLowerCase(), result = [];
    let from = 0;
    for (;;) {
      const next = needles.map((word) => [low.indexOf(word, from), word.length]).filter(([at]) => at >= 0).sort((a, b) => a[0] - b[0])[0];
      if (!next) break;
      result.push(text.slice(from, next[0]), Object.assign(document.createElement("mark"), { textContent: text.slice(next[0], next[0] + next[1]) }));
      from = next[0] + next[1];
    }
    result.push(text.slice(from));
    return result;
  }

  // ---- Moving

  async function showEnd() {
    const { found, more } = await earlier("");
    lines = found; hasEarlier = more; hasLater = false;
    draw();
    view.scrollTop = view.scrollHeight;
    follow();
  }

  async function showStart() {
    stopFollowing();
    const { found, more } = await later("");
    lines = found; hasEarlier = false; hasLater = more;
    draw();
    view.scrollTop = 0;
    if (!more) follow();
  }

  async function showLine(cursor) {
    const [time, number] = cursor.split("_");
    const before = await earlier(`${time}_${Number(number) + 1}`);
    const after = await later(cursor);
    lines = [...before.found, ...after.found]; hasEarlier = before.more; hasLater = after.more;
    draw();
    view.querySelector(".at")?.scrollIntoView({ block: "center" });
    if (!hasLater) follow();
  }

  async function addEarlier() {
    const { found, more } = await earlier(position(lines[0]));
    const height = view.scrollHeight;
    lines = [...found, ...lines]; hasEarlier = more;
    if (lines.length > MOST) { lines = lines.slice(0, MOST); hasLater = true; stopFollowing(); }
    draw();
    view.scrollTop += view.scrollHeight - height;
  }

  async function addLater() {
    const { found, more } = await later(position(lines.at(-1)));
    lines = [...lines, ...found]; hasLater = more;
    trimStart();
    draw();
    if (!more) follow();
  }

  function trimStart() {
    if (lines.length > MOST) { lines = lines.slice(-MOST); hasEarlier = true; }
  }

  // ---- Following

  let waiting = [], drawing = 0;

  function follow() {
    if (source || words) { if (words) told.textContent = `${lines.length} lines`; return; }
    const after = lines.length ? `?${new URLSearchParams({ last_event_id: position(lines.at(-1)) })}` : "";
    source = new EventSource(`${view.dataset.path}stream/${after}`);
    source.addEventListener("line", (event) => {
      waiting.push(JSON.parse(event.data));
      drawing ||= setTimeout(addWaiting, 200);
    });
    source.addEventListener("end", (event) => { addWaiting(); stopFollowing(); told.textContent = `ended: ${JSON.parse(event.data).status}`; });
    source.addEventListener("open", () => { told.textContent = "following"; });
    source.addEventListener("error", () => { if (source) told.textContent = source.readyState === EventSource.CLOSED ? "ended" : "lost touch, trying again"; });
  }

  function addWaiting() {
    clearTimeout(drawing);
    drawing = 0;
    if (!waiting.length) return;
    const stays = isAtEnd();
    lines = [...lines, ...waiting];
    waiting = [];
    if (stays) trimStart();
    draw();
    if (stays) view.scrollTop = view.scrollHeight;
  }

  function stopFollowing() {
    source?.close();
    source = null;
  }

  view.addEventListener("scroll", () => {
    if (!lines.length) return;
    if (hasEarlier && view.scrollTop < NEAR) guarded(addEarlier);
    else if (hasLater && view.scrollTop + view.clientHeight > view.scrollHeight - NEAR) guarded(addLater);
  });
  document.getElementById("to-start").addEventListener("click", () => guarded(showStart));
  document.getElementById("to-end").addEventListener("click", () => { stopFollowing(); guarded(showEnd); });
  document.getElementById("fold").addEventListener("change", draw);
  document.getElementById("wrap").addEventListener("change", (event) => view.classList.toggle("wraps", event.target.checked));

  guarded(marked ? () => showLine(marked) : showEnd);
})();
