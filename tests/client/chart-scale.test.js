/* What the chart shows of a history, and its scales. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  basis,
  byDay,
  levelLabel,
  niceScale,
  timeTicks,
  within,
} from "../../client/chart-scale.js";

const days = (...dates) => dates.map((date) => ({ date }));
const labels = (from, to, room) =>
  timeTicks(Date.parse(from), Date.parse(to), room).map(({ label }) => label);

test("the last balance of a day counts", () => {
  const entries = [
    { date: "2026-01-01", balance: "1.00" },
    { date: "2026-01-01", balance: "2.00" },
    { date: "2026-01-02", balance: "3.00" },
  ];
  assert.deepEqual(
    byDay(entries).map(({ balance }) => balance),
    ["2.00", "3.00"],
  );
});

test("a range of months ends with a shorter month's last day", () => {
  const history = days("2028-02-28", "2028-02-29", "2028-03-30", "2028-03-31");
  assert.deepEqual(within("1M", history, "2028-03-31"), history.slice(1));
  assert.deepEqual(within("All", history, "2028-03-31"), history);
});

test("a range has at least the last two days", () => {
  const history = days("2020-01-01", "2020-01-02", "2020-01-03");
  assert.deepEqual(within("1M", history, "2028-03-31"), history.slice(1));
});

test("bitcoin is compared from the first day with a value", () => {
  const ranged = [{ btc_then: null }, { btc_then: "0.1" }, { btc_then: "0.2" }];
  assert.equal(basis(ranged, "bitcoin"), ranged[1]);
  assert.equal(basis(ranged, "rand"), ranged[0]);
  assert.equal(basis(ranged.slice(2), "rand"), null);
});

test("levels are round, around all values, and no more than there is room for", () => {
  for (const values of [[1, 9], [-50, 100], [1000.01, 1000.02], [5], [0], [-1e12, 1e12]]) {
    const { low, high, levels } = niceScale(values, 0.01, 4);
    assert.ok(low <= Math.min(...values) && high >= Math.max(...values), `${values}`);
    assert.ok(levels.length >= 2 && levels.length <= 5, `${levels}`);
  }
  assert.deepEqual(niceScale([1, 9], 0.01, 4).levels, [0, 2.5, 5, 7.5, 10]);
});

test("levels have the decimals of their step", () => {
  const plain = (...level) => levelLabel(...level).replaceAll("\u00a0", " ");
  assert.equal(plain(2500, 500, "R ", 1e4), "R 2 500");
  assert.equal(plain(-12500, 2500, "R ", 1e3), "−R 12,5k");
  assert.equal(plain(0.5, 0.5, "R ", 1e4), "R 0,50");
});

test("labels of time are days up to two months, then months and years", () => {
  assert.deepEqual(labels("2026-12-30", "2027-01-02", { days: 4, months: 4 }), [
    "30 Dec",
    "31 Dec",
    "1 Jan",
    "2 Jan",
  ]);
  assert.deepEqual(labels("2026-10-15", "2027-03-10", { days: 4, months: 6 }), [
    "Nov",
    "Dec",
    "2027",
    "Feb",
    "Mar",
  ]);
  const years = ["2019", "2020", "2021", "2022", "2023", "2024", "2025", "2026"];
  assert.deepEqual(labels("2018-01-06", "2026-03-25", { days: 5, months: 14 }), years);
});
