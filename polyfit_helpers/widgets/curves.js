// @ts-check
// From numbers to lines: how data become places in a picture, paths of them, and the curve that theory predicts.
// Nothing here knows a page: tests run it as it stands.

/** Limits of the axes, their box (left, top, width, height) in points of the SVG, and the SVG's size.
 * @typedef {{x: [number, number], y: [number, number], log: boolean, box: number[], size: number[]}} Places */
/** A line: its name, its points in the units of the axes, and how it looks: colour, width, dashes or "dots".
 * @typedef {{name: string, x: ArrayLike<number>, y: ArrayLike<number>, look: [string, number, number[] | "dots"]}} Line */
/** One picture of a frame.
 * @typedef {{says: string, cursor: number | null, lines: Line[]}} Frame */
/** What theory knows of gradient descent on this loss, along each eigenvector of its curvature.
 * @typedef {{eigenvalues: number[], errors: number[], rate: number, momentum: number, iterations: number[],
 *   kind: "loss" | "parts" | "path", floor: number, directions: number[][], optimum: number[],
 *   look: Line["look"], partLook: Line["look"]}} Theory */

/** Take a frame's numbers apart: of each line all x, then all y.
 * @param {{pictures: any[], numbers: DataView}} packed
 * @returns {Frame[]} */
export function unpacked({ pictures, numbers }) {
  const all = new Float32Array(numbers.buffer.slice(numbers.byteOffset, numbers.byteOffset + numbers.byteLength));
  let next = 0;
  const take = (/** @type {number} */ count) => all.subarray(next, (next += count));
  return pictures.map(({ says, cursor, lines }) => ({
    says, cursor,
    lines: lines.map((/** @type {[string, number, Line["look"]]} */ [name, count, look]) => ({ name, look, x: take(count), y: take(count) })),
  }));
}

/** Where a value stands on an axis, from 0 at its beginning to 1 at its end.
 * @param {number} value @param {[number, number]} limits @param {boolean} [log] */
export function share(value, [low, high], log = false) {
  return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

/** @param {Places} places @param {number} x */
export const across = ({ box: [left, , wide], x: limits }, x) => left + wide * share(x, limits);

/** The value at a place in the picture, or null outside the axes.
 * @param {Places} places @param {number} right @param {number} down
 * @returns {[number, number] | null} */
export function valueAt({ box: [left, top, wide, high], x: [x0, x1], y: [y0, y1], log }, right, down) {
  const i = (right - left) / wide, j = 1 - (down - top) / high;
  if (i < 0 || i > 1 || j < 0 || j > 1) return null;
  return [x0 + i * (x1 - x0), log ? y0 * (y1 / y0) ** j : y0 + j * (y1 - y0)];
}

/** The path data of a line; of dots, if that is how it looks. What lies far outside is drawn just outside.
 * @param {Places} places @param {Line} line */
export function path(places, { x, y, look }) {
  const { box: [, top, , high], y: limits, log, size: [width, height] } = places;
  const near = (/** @type {number} */ value, /** @type {number} */ size) => Math.min(2 * size, Math.max(-size, value)).toFixed(1);
  const points = [];
  for (let i = 0; i < x.length; i++) {
    const up = log && y[i] <= 0 ? -Infinity : share(y[i], limits, log);
    if (Number.isNaN(x[i]) || Number.isNaN(up)) continue;
    points.push(`${near(across(places, x[i]), width)},${near(top + high * (1 - up), height)}`);
  }
  if (look[2] === "dots") return points.map((point) => `M${point}m-3,0a3,3 0 1 0 6,0a3,3 0 1 0-6,0`).join("");
  return points.length ? "M" + points.join("L") : "";
}

/** By what descent has multiplied the error along an eigenvector, after each of the numbers of iterations.
 * f(n + 1) = (1 + β − ηλ) f(n) − β f(n − 1), from f(0) = f(−1) = 1; without momentum that is (1 − ηλ)ⁿ.
 * @param {number} curvature ηλ, the rate times the eigenvalue @param {number} momentum β
 * @param {number[]} iterations in ascending order */
export function factors(curvature, momentum, iterations) {
  if (!momentum) return iterations.map((n) => (1 - curvature) ** n);
  let before = 1, now = 1, done = 0;
  return iterations.map((n) => {
    for (; done < n && Number.isFinite(now); done++) [before, now] = [now, (1 + momentum - curvature) * now - momentum * before];
    return now;
  });
}

/** The lines that theory expects at a rate and a momentum.
 * @param {Theory} theory @param {number} rate @param {number} momentum
 * @returns {Line[]} */
export function predicted(theory, rate, momentum) {
  const { eigenvalues, errors, iterations, kind, look } = theory;
  // A direction without an error stays without, even where the others overflow.
  const ways = eigenvalues.map((value, k) => factors(errors[k] && rate * value, momentum, iterations).map((factor) => errors[k] && errors[k] * factor));
  const sum = (/** @type {(k: number, i: number) => number} */ term) => iterations.map((_, i) => ways.reduce((total, _, k) => total + term(k, i), 0));
  if (kind === "path") {
    const [x, y] = theory.directions.map((row, j) => sum((k, i) => row[k] * ways[k][i]).map((away) => theory.optimum[j] + away));
    return [{ name: "predicted", look, x, y }];
  }
  const part = (/** @type {number} */ k, /** @type {number} */ i) => 0.5 * eigenvalues[k] * ways[k][i] ** 2;
  const lines = [{ name: "predicted", look, x: iterations, y: sum(part).map((above) => theory.floor + above) }];
  if (kind === "loss") return lines;
  const parts = ways.map((way, k) => ({ name: `part ${k + 1}`, look: theory.partLook, x: iterations, y: way.map((_, i) => part(k, i)) }));
  return [...lines, ...parts];
}
