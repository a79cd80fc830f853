/* Amounts and dates, as the page writes them, and how it calculates. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ago,
  fullDate,
  inBitcoin,
  minus,
  percent,
  rand,
  randChange,
  shortDate,
} from "../../client/format.js";

const plain = (text) => text.replaceAll("\u00a0", " ");

test("amounts are written with a comma and spaces", () => {
  assert.equal(plain(rand("-1234.50")), "−R 1 234,50");
  assert.equal(plain(rand("999999999999.99")), "R 999 999 999 999,99");
  assert.deepEqual(["5.00", "-5.00", "0.00"].map(randChange).map(plain), [
    "+R 5,00",
    "−R 5,00",
    "R 0,00",
  ]);
});

test("percents tell from what, and nothing from nothing", () => {
  assert.equal(plain(percent("80", "100")), "+25,0 %");
  assert.equal(plain(percent("-80", "-100")), "−25,0 %");
  assert.equal(percent("0.00", "5.00"), "");
});

test("differences are exact", () => {
  assert.equal(minus("5.00", "7.50"), "-2.50");
  assert.equal(minus("999999999999.99", "0.01"), "999999999999.98");
  assert.equal(minus("0.01", "0.01"), "0.00");
});

test("bitcoin is rounded half-even", () => {
  assert.equal(inBitcoin("1234.56", "996264.86"), "0.00123919");
  assert.equal(inBitcoin("0.01", "2000000.00"), "0.00000000"); // half a satoshi
  assert.equal(inBitcoin("0.03", "2000000.00"), "0.00000002"); // one and a half
  assert.equal(inBitcoin("-0.03", "2000000.00"), "-0.00000002");
});

test("a day has its year outside the present one", () => {
  assert.equal(shortDate("2026-11-05", "2026-12-31"), "5 Nov");
  assert.equal(shortDate("2026-11-05", "2027-01-01"), "5 Nov 2026");
  assert.equal(fullDate("2028-02-29"), "29 Feb 2028");
});

test("ages are told in one unit", () => {
  const ages = [0.5, 59, 60, 7199, 86400, 2 * 86400].map(ago).map(plain);
  assert.deepEqual(ages, [
    "just now",
    "just now",
    "1 min ago",
    "1 h ago",
    "1 day ago",
    "2 days ago",
  ]);
});
