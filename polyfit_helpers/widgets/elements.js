// What core ipywidgets lack. First a labelled range, linear or logarithmic, with an exact entry and marks
// on its own scale. Python owns the value and all texts; this file draws them and reports what the reader does.

const POSITIONS = 1000;

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

// Pictures: what stands still, and over it what moves. Only what has changed is parsed again.
function renderPictures({ model, el }) {
  el.classList.add("polyfit-pictures");
  const shown = { stills: [], frames: [] };
  const own = "p" + Math.random().toString(36).slice(2);
  function show() {
    const count = model.get("stills").length;
    while (el.children.length < count) {
      const box = el.appendChild(document.createElement("div"));
      box.className = "polyfit-picture";
      for (let layer = 0; layer < 3; layer++) box.append(document.createElement("div"));
    }
    ["stills", "frames"].forEach((name, layer) => model.get(name).forEach((svg, i) => {
      if (shown[name][i] === svg || i >= count) return;
      shown[name][i] = svg;
      // An id must be this picture's own: one that is found in a hidden board clips nothing here.
      const [still, lines, above] = el.children[i].children;
      if (layer) { lines.innerHTML = svg; return; }
      still.innerHTML = svg.replace(/(\bid="|url\(#|href="#)/g, `$1${own}-${i}-`);
      const legend = still.querySelector('[id$="-legend_1"]');  // on its ground, over the lines
      above.replaceChildren();
      if (legend) above.appendChild(still.firstElementChild.cloneNode()).append(legend);
    }));
    el.classList.toggle("polyfit-clickable", model.get("clickable"));
  }
  el.addEventListener("click", (event) => {
    const box = event.target.closest(".polyfit-picture");
    const svg = box?.querySelector("svg");
    if (!svg || box !== el.lastElementChild || !model.get("clickable")) return;
    const place = svg.getBoundingClientRect(), [, , wide, high] = svg.getAttribute("viewBox").split(" ").map(Number);
    const across = ((event.clientX - place.left) / place.width) * wide, down = ((event.clientY - place.top) / place.height) * high;
    model.set("clicked", [across, down, Date.now()]);
    model.save_changes();
  });
  model.on("change", show);
  show();
}

// A plain key pressed on a board is for its controls: to JupyterLab an arrow moves on to another cell, and "d" twice
// deletes one. Shift or Ctrl with Enter still runs the cell, Ctrl+S saves.
function keepKey(event) {
  const command = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
  if (!command) event.stopPropagation();
}

const KINDS = { range: render, status: renderStatus, pictures: renderPictures };

export default { render: (context) => KINDS[context.model.get("kind")](context) };
