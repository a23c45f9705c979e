// What core ipywidgets lack. First a labelled range, linear or logarithmic, with an exact entry and marks on its own
// scale. Python owns the value and all texts; this file draws them and reports what the reader does. `curves.js` stands
// before it in the same module.

const POSITIONS = 1000;
const MOVED = "polyfit-moved";
const SVG = "http://www.w3.org/2000/svg";
const LOST = 5000;  // milliseconds after which an answer is no longer waited for

function render({ model, el }) {
  const get = (name) => model.get(name);
  const id = "polyfit-" + Math.random().toString(36).slice(2);
  el.classList.add("polyfit-range");
  el.innerHTML = `
    <div class="polyfit-range-head"><label for="${id}"></label><input type="text" spellcheck="false" autocomplete="off"></div>
    <div class="polyfit-range-track"><input type="range" id="${id}" min="0" max="${POSITIONS}" step="1"><div class="polyfit-marks" aria-hidden="true"></div></div>
    <div class="polyfit-range-error" role="alert"></div>`;
  const [label, entry, range, marks, error] = ["label", "input[type=text]", "input[type=range]", ".polyfit-marks", "[role=alert]"]
    .map((part) => el.querySelector(part));

  const scale = (value) => (get("log") ? Math.log10(value) : value);
  const position = (value) => {
    const low = scale(get("min")), high = scale(get("max"));
    return high > low ? Math.min(1, Math.max(0, (scale(value) - low) / (high - low))) : 0;
  };
  const valueAt = (fraction) => {
    const low = scale(get("min")), high = scale(get("max"));
    let value = low + fraction * (high - low);
    if (get("log")) value = Math.pow(10, value);
    return get("whole") ? Math.round(value) : value;
  };
  const rounded = (value) => (get("digits") && !(get("whole") && get("max") < 1000) ? Number(value.toPrecision(get("digits"))) : value);
  const send = (value) => { model.set({ value, error: "" }); model.save_changes(); };
  let written = null; // what Python last wrote into the entry; what a reader is typing there stays
  let sent = null; // what was last entered, by Enter or by leaving the entry

  function show() {
    const fraction = position(get("value"));
    label.textContent = get("label");
    range.max = get("log") || !get("whole") ? POSITIONS : Math.max(1, get("max") - get("min"));
    if (document.activeElement !== range || Number(range.value) !== Math.round(fraction * range.max)) range.value = Math.round(fraction * range.max);
    range.style.setProperty("--filled", 100 * fraction + "%");
    range.setAttribute("aria-valuetext", get("text"));
    if (get("text") !== written || (document.activeElement !== entry && get("error") === "")) entry.value = written = get("text");
    entry.setAttribute("aria-label", get("entry_label"));
    entry.setAttribute("aria-invalid", get("error") ? "true" : "false");
    error.textContent = get("error");
    range.disabled = entry.disabled = get("disabled");
    marks.replaceChildren(...get("marks").map(([value, text]) => {
      const mark = document.createElement("span");
      mark.style.setProperty("--at", position(value));
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
    const value = rounded(valueAt(range.value / range.max));
    send(Math.min(get("max"), Math.max(get("min"), value)));
    range.style.setProperty("--filled", 100 * (range.value / range.max) + "%");
  });
  entry.addEventListener("input", () => { sent = null; });
  entry.addEventListener("change", enter);
  entry.addEventListener("keydown", (event) => { if (event.key === "Enter") enter(); });
  el.addEventListener("keydown", keepKey);
  model.on("change", show);
  show();
}

// A line of text that screen readers announce when it changes, because the region itself stays.
function renderStatus({ model, el }) {
  el.classList.add("polyfit-status");
  el.setAttribute("role", "status");
  el.setAttribute("aria-live", "polite");
  const show = () => { el.innerHTML = model.get("html"); };
  model.on("change:html", show);
  show();
  // This line is in every board, but not before its first layout.
  new ResizeObserver((_, observer) => {
    el.closest(".polyfit-board")?.addEventListener("keydown", keepKey);
    observer.disconnect();
  }).observe(el);
}

// Pictures: what stands still, over it what theory expects and what has happened, and the legend on top. While something
// goes on, the page asks for the next frame when it has drawn the last one.
function renderPictures({ model, el }) {
  const own = "p" + Math.random().toString(36).slice(2);
  const boxes = [];  // of each picture: its element, its still, the groups of its lines, and how data become places
  let frames = [], asked = 0;
  el.classList.add("polyfit-pictures");

  function box(i) {
    const element = el.appendChild(document.createElement("div"));
    element.className = "polyfit-picture";
    element.innerHTML = `<div></div><div><svg role="img"><svg fill="none" stroke-linejoin="round"><g></g><g></g></svg></svg></div><div></div>`;
    const [still, lines, above] = element.children, [expected, moving] = lines.querySelectorAll("g");
    return (boxes[i] = { element, still, above, svg: lines.firstElementChild, expected, moving, shown: "", places: null });
  }
  function drawStills() {
    model.get("stills").forEach(({ svg, places }, i) => {
      const one = boxes[i] ?? box(i), [left, top, wide, high] = places.box;
      one.places = places;
      one.svg.setAttribute("viewBox", `0 0 ${places.size.join(" ")}`);
      const inner = { x: left, y: top, width: wide, height: high, viewBox: places.box.join(" ") };
      for (const name in inner) one.svg.firstElementChild.setAttribute(name, inner[name]);
      if (one.shown === svg) return;
      one.shown = svg;
      // An id must be this picture's own: one that is found in a hidden board clips nothing here.
      one.still.innerHTML = svg.replace(/(\bid="|url\(#|href="#)/g, `$1${own}-${i}-`);
      const legend = one.still.querySelector('[id$="-legend_1"]');  // on its ground, over the lines
      one.above.replaceChildren();
      if (legend) one.above.appendChild(one.still.firstElementChild.cloneNode()).append(legend);
    });
    drawFrames();
    expect();
  }
  function drawFrames() {
    frames = unpacked(model.get("frames"));
    frames.forEach(({ says, cursor, lines }, i) => {
      if (!boxes[i]) return;
      const { svg, moving, places } = boxes[i];
      svg.setAttribute("aria-label", says);
      const upright = { name: "cursor", x: [cursor, cursor], y: places.y, look: ["currentColor", 1, []] };
      drawLines(moving, places, cursor === null ? lines : [...lines, upright]);
    });
  }
  const control = (name) => el.closest(".polyfit-board")?.querySelector(`[data-control="${name}"]`)?.dataset.value;
  function expect() {
    const theory = model.get("theory"), last = boxes.at(-1);
    if (!last) return;
    const now = (name) => Number(control(theory.controls[name]) ?? model.get("now")[name]);
    drawLines(last.expected, last.places, theory?.kind ? predicted(theory, now("rate"), now("momentum")) : []);
  }
  function ask() {
    if (!model.get("live") || performance.now() - asked < LOST) return;
    asked = performance.now();
    model.send({ ask: own });
  }
  function hear({ answer, number }) {
    if (answer !== own) return;
    if (number !== model.get("frames").number) model.send({ lost: own });  // a host that drops what nobody asked for
    requestAnimationFrame(() => { asked = -LOST; ask(); });
  }

  asked = -LOST;
  el.addEventListener("click", (event) => {
    const last = boxes.at(-1), svg = last?.svg.getBoundingClientRect();
    if (!last?.element.contains(event.target) || !model.get("clickable")) return;
    const [wide, high] = last.places.size;
    const value = valueAt(last.places, ((event.clientX - svg.left) / svg.width) * wide, ((event.clientY - svg.top) / svg.height) * high);
    if (value) { model.set("clicked", [...value, Date.now()]); model.save_changes(); }
  });
  const clickable = () => el.classList.toggle("polyfit-clickable", model.get("clickable"));
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

// Make a group of paths show these lines; only what differs is touched.
function drawLines(group, places, lines) {
  const drawn = lines.filter(({ x }) => x.length);
  while (group.children.length > drawn.length) group.lastElementChild.remove();
  drawn.forEach((line, i) => {
    const element = group.children[i] ?? group.appendChild(document.createElementNS(SVG, "path"));
    const [stroke, width, dashes] = line.look, dots = dashes === "dots";
    const look = { "data-line": line.name, d: path(places, line), stroke, "stroke-width": width, "stroke-dasharray": dots ? "" : dashes.join(" "), fill: dots ? stroke : "none" };
    for (const name in look) if (element.getAttribute(name) !== String(look[name])) element.setAttribute(name, look[name]);
  });
}

// A plain key pressed on a board is for its controls: to JupyterLab an arrow moves on to another cell, and "d" twice
// deletes one. Shift or Ctrl with Enter still runs the cell, Ctrl+S saves.
function keepKey(event) {
  const command = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
  if (!command) event.stopPropagation();
}

const KINDS = { range: render, status: renderStatus, pictures: renderPictures };

export default { render: (context) => KINDS[context.model.get("kind")](context) };
