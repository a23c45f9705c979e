// The page's half of the pictures, without a page: `node --test tests/curves.test.mjs`.
import assert from "node:assert/strict";
import test from "node:test";

import { across, factors, path, predicted, share, unpacked, valueAt } from "../polyfit_helpers/widgets/curves.js";

const LINEAR = { x: [0, 10], y: [-1, 1], log: false, box: [60, 10, 380, 220], size: [460, 270] };
const LOG = { ...LINEAR, y: [1, 10_000], log: true };
const LOOK = ["#000", 2, []];

test("a value's share of an axis is 0 at its beginning and 1 at its end", () => {
  assert.equal(share(-1, [-1, 1]), 0);
  assert.equal(share(1, [-1, 1]), 1);
  assert.equal(share(0.5, [-1, 1]), 0.75);
  assert.ok(Math.abs(share(100, [1, 10_000], true) - 0.5) < 1e-12);
});

test("a place is the value's place, and back", () => {
  assert.equal(across(LINEAR, 5), 250);
  for (const places of [LINEAR, LOG]) {
    for (const value of [places.y[0], (places.y[0] + places.y[1]) / 3, places.y[1]]) {
      const [right, down] = path(places, { name: "", x: [2.5], y: [value], look: LOOK }).slice(1).split(",").map(Number);
      const [x, y] = valueAt(places, right, down);
      assert.ok(Math.abs(x - 2.5) < 0.01 && Math.abs(share(y, places.y, places.log) - share(value, places.y, places.log)) < 1e-3);
    }
  }
});

test("there is no value outside the axes", () => {
  for (const [right, down] of [[59, 100], [441, 100], [100, 9], [100, 231]]) assert.equal(valueAt(LINEAR, right, down), null);
  assert.notEqual(valueAt(LINEAR, 60, 230), null);
});

test("a path joins its points", () => {
  assert.equal(path(LINEAR, { name: "", x: [0, 10], y: [-1, 1], look: LOOK }), "M60.0,230.0L440.0,10.0");
  assert.equal(path(LINEAR, { name: "", x: [], y: [], look: LOOK }), "");
});

test("dots are not joined", () => {
  const data = path(LINEAR, { name: "", x: [0, 10], y: [0, 0], look: ["#000", 2, "dots"] });
  assert.equal(data.split("M").length, 3);
  assert.ok(!data.includes("L"));
});

test("nothing unfit to draw is ever drawn", () => {
  const wild = [NaN, Infinity, -Infinity, 1e308, -1e308, 0, -5];
  for (const places of [LINEAR, LOG]) {
    const data = path(places, { name: "", x: wild.map((_, i) => i), y: wild, look: LOOK });
    const numbers = data.slice(1).split(/[,L]/).map(Number);
    assert.equal(numbers.length, 2 * (wild.length - 1));
    assert.ok(numbers.every((one) => Math.abs(one) <= 2 * 460));
  }
});

test("a frame's numbers belong to its lines, wherever they lie in memory", () => {
  const numbers = new Float32Array([1, 2, 10, 20, 3, 30]), shifted = new Uint8Array(numbers.byteLength + 3);
  shifted.set(new Uint8Array(numbers.buffer), 3);
  const lines = [["a", 2, LOOK], ["b", 1, LOOK]];
  const [frame] = unpacked({ pictures: [{ says: "words", cursor: 7, lines }], numbers: new DataView(shifted.buffer, 3) });
  assert.deepEqual([frame.says, frame.cursor, frame.lines.map(({ name }) => name)], ["words", 7, ["a", "b"]]);
  assert.deepEqual(frame.lines.map(({ x, y }) => [[...x], [...y]]), [[[1, 2], [10, 20]], [[3], [30]]]);
});

test("an error is multiplied by 1 − ηλ in every iteration, and with momentum by more of what was", () => {
  assert.deepEqual(factors(0.5, 0, [0, 1, 3]), [1, 0.5, 0.125]);
  assert.deepEqual(factors(0.5, 0.5, [0, 1, 2]), [1, 0.5, 0]);
  assert.deepEqual(factors(3, 0, [0, 1, 2]), [1, -2, 4]);
});

test("a momentum that overflows stays where it is, and costs nothing more", () => {
  const [, last] = factors(40, 0.9, [0, 1e9]);
  assert.ok(!Number.isFinite(last));
});

test("a direction without an error stays without, even where another one overflows", () => {
  const theory = { eigenvalues: [1, 4], errors: [0, 1], iterations: [0, 5000], kind: "loss", floor: 2, look: LOOK, partLook: LOOK };
  const [line] = predicted({ ...theory, eigenvalues: [4, 1] }, 1, 0);
  assert.deepEqual([...line.y], [2.5, 2]);
  assert.equal(predicted(theory, 1, 0)[0].y[1], Infinity);
});
