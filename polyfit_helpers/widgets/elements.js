// What core ipywidgets lack. First a labelled range, linear or logarithmic, with an exact entry and marks on its own
// scale. Python owns the value and all texts; this file draws them and reports what the reader does.

import { path, predicted, unpacked, valueAt } from "./curves.js";

/** What anywidget hands over: Python's half, and the place in the page.
 * @typedef {{get: (name: string) => any, set: (name: any, value?: any) => void, save_changes: () => void,
 *   send: (message: object) => void, on: (event: string, heard: any) => void, off: (event: string, heard: any) => void}} Model
 * @typedef {{model: Model, el: HTMLElement}} Context */
/** @typedef {import("./curves.js").Places} Places */
/** @typedef {import("./curves.js").Line} Line */

const POSITIONS = 1000;
const MOVED = "polyfit-moved";
const SVG = "http://www.w3.org/2000/svg";
const LOST = 5000;  // milliseconds after which an answer is no longer waited for

/** @param {Context} context */
function renderRange({ model, el }) {
  const get = (/** @type {string} */ name) => model.get(name);
  const id = "polyfit-" + Math.random().toString(36).slice(2);
  el.classList.add("polyfit-range");
  el.innerHTML = `
    <div class="polyfit-range-head"><label for="${id}"></label><input type="text" spellcheck="false" autocomplete="off"></div>
    <div class="polyfit-range-track"><input type="range" id="${id}" min="0" max="${POSITIONS}" step="1"><div class="polyfit-marks" aria-hidden="true"></div></div>
    <div class="polyfit-range-error" role="alert"></div>`;
  const [label, entry, range, marks, error] = /** @type {[HTMLElement, HTMLInputElement, HTMLInputElement, HTMLElement, HTMLElement]} */ (
    ["label", "input[type=text]", "input[type=range]", ".polyfit-marks", "[role=alert]"].map((part) => el.querySelector(part)));

  const scale = (/** @type {number} */ value) => (get("log") ? Math.log10(value) : value);
  const position = (/** @type {number} */ value) => {
    const low = scale(get("min")), high = scale(get("max"));
    return high > low ? Math.min(1, Math.max(0, (scale(value) - low) / (high - low))) : 0;
  };
  const valueOf = (/** @type {number} */ fraction) => {
    const low = scale(get("min")), high = scale(get("max"));
    let value = low + fraction * (high - low);
    if (get("log")) value = Math.pow(10, value);
    return get("whole") ? Math.round(value) : value;
  };
  const rounded = (/** @type {number} */ value) => (get("digits") && !(get("whole") && get("max") < 1000) ? Number(value.toPrecision(get("digits"))) : value);
  const send = (/** @type {number} */ value) => { model.set({ value, error: "" }); model.save_changes(); };
  /** @type {string | null} */
  let written = null; // what Python last wrote into the entry; what a reader is typing there stays
  /** @type {string | null} */
  let sent = null; // what was last entered, by Enter or by leaving the entry

  function show() {
    const fraction = position(get("value"));
    label.textContent = get("label");
    range.max = String(get("log") || !get("whole") ? POSITIONS : Math.max(1, get("max") - get("min")));
    const place = String(Math.round(fraction * Number(range.max)));
    if (document.activeElement !== range || range.value !== place) range.value = place;
    range.style.setProperty("--filled", 100 * fraction + "%");
    range.setAttribute("aria-valuetext", get("text"));
    const focused = document.activeElement === entry, typing = focused && sent === null;
    if (!typing && (get("text") !== written || (!focused && get("error") === ""))) entry.value = get("text");
    written = get("text");
    entry.setAttribute("aria-label", get("entry_label"));
    entry.setAttribute("aria-invalid", get("error") ? "true" : "false");
    error.textContent = get("error");
    range.disabled = entry.disabled = get("disabled");
    marks.replaceChildren(...get("marks").map((/** @type {[number, string]} */ [value, text]) => {
      const mark = document.createElement("span");
      mark.style.setProperty("--at", String(position(value)));
      mark.textContent = text;
      return mark;
    }));
    el.dataset.control = get("name");
    el.dataset.value = get("value");
    el.dispatchEvent(new CustomEvent(MOVED, { bubbles: true }));  // a curve that depends on it follows in the same frame
  }

  const enter = () => {
    const words = entry.value.trim();
    if (words === sent || (words === get("text") && get("error") === "")) return;
    sent = words;
    model.set("entered", words + "\n" + Date.now()); // the same words at another time are another entry
    model.save_changes();
  };
  range.addEventListener("input", () => {
    const value = rounded(valueOf(Number(range.value) / Number(range.max)));
    send(Math.min(get("max"), Math.max(get("min"), value)));
    range.style.setProperty("--filled", 100 * (Number(range.value) / Number(range.max)) + "%");
  });
  for (const begun of ["focus", "input"]) entry.addEventListener(begun, () => { sent = null; });
  entry.addEventListener("blur", () => { if (sent === null) show(); }); // what has come meanwhile
  entry.addEventListener("change", enter);
  entry.addEventListener("keydown", (event) => { if (event.key === "Enter") enter(); });
  el.addEventListener("keydown", keepKey);
  model.on("change", show);
  show();
}

// A line of text that screen readers announce when it changes, because the region itself stays.
/** @param {Context} context */
function renderStatus({ model, el }) {
  el.classList.add("polyfit-status");
  el.setAttribute("role", "status");
  el.setAttribute("aria-live", "polite");
  const show = () => { el.innerHTML = model.get("html"); };
  model.on("change:html", show);
  show();
  // This line is in every board, but not before its first layout.
  new ResizeObserver((_, observer) => {
    /** @type {HTMLElement | null} */ (el.closest(".polyfit-board"))?.addEventListener("keydown", keepKey);
    observer.disconnect();
  }).observe(el);
}

// Pictures: what stands still, over it what theory expects and what has happened, and the legend on top. While something
// goes on, the page asks for the next frame when it has drawn the last one.
/** @param {Context} context */
function renderPictures({ model, el }) {
  const own = "p" + Math.random().toString(36).slice(2);
  /** @type {ReturnType<typeof box>[]} */
  const boxes = [];
  let asked = -LOST;
  el.classList.add("polyfit-pictures");

  /** The elements of a picture, and how data become places in it.
   * @param {Places} places */
  function box(places) {
    const element = el.appendChild(document.createElement("div"));
    element.className = "polyfit-picture";
    element.innerHTML = `<div></div><div><svg role="img"><svg fill="none" stroke-linejoin="round"><g></g><g></g></svg></svg></div><div></div>`;
    const [still, lines, above] = element.children, [svg, inner] = lines.querySelectorAll("svg"), [expected, moving] = inner.children;
    return { element, still, above, svg, inner, expected, moving, shown: "", places };
  }
  function drawStills() {
    model.get("stills").forEach((/** @type {{svg: string, places: Places}} */ { svg, places }, /** @type {number} */ i) => {
      const one = (boxes[i] ??= box(places)), [x, y, width, height] = places.box;
      one.places = places;
      put(one.svg, { viewBox: `0 0 ${places.size.join(" ")}` });
      put(one.inner, { x, y, width, height, viewBox: places.box.join(" ") });
      if (one.shown === svg) return;
      one.shown = svg;
      // An id must be this picture's own: one that is found in a hidden board clips nothing here.
      one.still.innerHTML = svg.replace(/(\bid="|url\(#|href="#)/g, `$1${own}-${i}-`);
      const legend = one.still.querySelector('[id$="-legend_1"]');  // on its ground, over the lines
      one.above.replaceChildren();
      if (legend) /** @type {Element} */ (one.above.appendChild(/** @type {Element} */ (one.still.firstElementChild).cloneNode())).append(legend);
    });
    drawFrames();
    expect();
  }
  function drawFrames() {
    unpacked(model.get("frames")).forEach(({ says, cursor, lines }, i) => {
      if (!boxes[i]) return;
      const { svg, moving, places } = boxes[i];
      put(svg, { "aria-label": says });
      if (cursor !== null) lines.push({ name: "cursor", x: [cursor, cursor], y: places.y, look: ["currentColor", 1, []] });
      drawLines(moving, places, lines);
    });
  }
  /** What a range of this board says now: @param {string} name */
  function control(name) {
    const range = el.closest(".polyfit-board")?.querySelector(`[data-control="${name}"]`);
    return range instanceof HTMLElement ? range.dataset.value : undefined;
  }
  function expect() {
    const theory = model.get("theory"), last = boxes.at(-1);
    if (!last) return;
    const now = (/** @type {string} */ name) => Number(control(theory.controls[name]) ?? model.get("now")[name]);
    drawLines(last.expected, last.places, theory?.kind ? predicted(theory, now("rate"), now("momentum")) : []);
  }
  function ask() {
    if (!model.get("live") || performance.now() - asked < LOST) return;
    asked = performance.now();
    model.send({ ask: own });
  }
  /** @param {{answer?: string, number?: number}} message */
  function hear({ answer, number }) {
    if (answer !== own) return;
    requestAnimationFrame(() => {  // by then what came before the answer is here, in whatever order a host tells it
      if (number && model.get("frames").number < number) model.send({ lost: own });  // it drops what nobody asked for
      asked = -LOST;
      ask();
    });
  }

  el.addEventListener("click", (event) => {
    const last = boxes.at(-1);
    if (!last?.element.contains(/** @type {Node} */ (event.target)) || !model.get("clickable")) return;
    const svg = last.svg.getBoundingClientRect(), [wide, high] = last.places.size;
    const value = valueAt(last.places, ((event.clientX - svg.left) / svg.width) * wide, ((event.clientY - svg.top) / svg.height) * high);
    if (value) { model.set("clicked", [...value, Date.now()]); model.save_changes(); }
  });
  const clickable = () => el.classList.toggle("polyfit-clickable", model.get("clickable"));
  /** @type {Record<string, any>} */
  const heard = { "change:stills": drawStills, "change:frames": drawFrames, "change:theory": expect, "change:now": expect, "change:live": ask, "change:clickable": clickable, "msg:custom": hear };
  for (const name in heard) model.on(name, heard[name]);
  const again = setInterval(ask, LOST);
  // The ranges of its board are not there before the first layout.
  new ResizeObserver((_, observer) => {
    el.closest(".polyfit-board")?.addEventListener(MOVED, expect);
    expect();
    observer.disconnect();
  }).observe(el);
  drawStills();
  clickable();
  ask();
  return () => { clearInterval(again); for (const name in heard) model.off(name, heard[name]); };
}

/** Make a group of paths show these lines.
 * @param {Element} group @param {Places} places @param {Line[]} lines */
function drawLines(group, places, lines) {
  const drawn = lines.filter(({ x }) => x.length);
  while (group.children.length > drawn.length) group.lastElementChild?.remove();
  drawn.forEach((line, i) => {
    const element = group.children[i] ?? group.appendChild(document.createElementNS(SVG, "path"));
    const [stroke, width, dashes] = line.look, dots = dashes === "dots";
    put(element, { "data-line": line.name, d: path(places, line), stroke, "stroke-width": width, "stroke-dasharray": dots ? "" : dashes.join(" "), fill: dots ? stroke : "none" });
  });
}

/** Set those attributes of an element that differ.
 * @param {Element} element @param {Record<string, string | number>} attributes */
function put(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

// A plain key pressed on a board is for its controls: to JupyterLab an arrow moves on to another cell, and "d" twice
// deletes one. Shift or Ctrl with Enter still runs the cell, Ctrl+S saves.
/** @param {KeyboardEvent} event */
function keepKey(event) {
  const command = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
  if (!command) event.stopPropagation();
}

/** @type {Record<string, (context: Context) => void | (() => void)>} */
const KINDS = { range: renderRange, status: renderStatus, pictures: renderPictures };

export default { render: (/** @type {Context} */ context) => KINDS[context.model.get("kind")](context) };
