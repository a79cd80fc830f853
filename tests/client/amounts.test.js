/* Amounts as people type and paste them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readRand } from "../../client/format.js";

for (const [typed, meant] of [
  ["0", "0.00"],
  ["007", "7.00"],
  ["1234.5", "1234.50"],
  ["1 234,56", "1234.56"],
  ["1\u00a0234\u202f567,8", "1234567.80"],
  ["1’234.56", "1234.56"],
  ["R1,234.56", "1234.56"],
  ["1.234.567,89", "1234567.89"],
  ["1,234,567", "1234567.00"],
  ["1234.", "1234.00"],
  ["1,234.", "1234.00"],
  [".50", "0.50"],
  ["-.5", "-0.50"],
  ["-50", "-50.00"],
  ["–50", "-50.00"],
  ["− R 50", "-50.00"],
  ["R -50", "-50.00"],
  ["+50", "50.00"],
  ["-0", "0.00"],
  ["1,234.56-", "-1234.56"],
  ["(1,234.56)", "-1234.56"],
  ["R (50.00)", "-50.00"],
  ["1,234.56 ZAR", "1234.56"],
  ["R1,234.56 Cr", "1234.56"],
  ["1 234,56 Dr.", "-1234.56"],
  ["50.00DT", "-50.00"],
  ["ZAR 999999999999,99", "999999999999.99"],
]) {
  test(`${typed} is read as ${meant}`, () => assert.equal(readRand(typed), meant));
}

const PLAIN = "is no plain amount of rand, such as 1234.56 or -50.";
for (const [typed, reason] of [
  ["", "Enter a balance in rand, such as 1234.56."],
  ["  ", "Enter a balance in rand, such as 1234.56."],
  ...[
    "abc",
    "R",
    ".",
    "-",
    "1e3",
    "1_000",
    "--1",
    "-R-1",
    "-5 Cr",
    "(5",
    "5)",
    "(5-)",
    "12 34",
  ].map((typed) => [typed, `“${typed}” ${PLAIN}`]),
  ...["1,23,4", "1,234 567", "5 rand", "$5", "１２"].map((typed) => [typed, `“${typed}” ${PLAIN}`]),
  ["x".repeat(41), `“${"x".repeat(40)}…” ${PLAIN}`],
  ["1.2345", "“1.2345” has 4 decimals: a balance has at most 2."],
  ["R 0,123", "“R 0,123” has 3 decimals: a balance has at most 2."],
  ["1000000000000", "“1000000000000” is too large: a balance is at most 999999999999.99."],
  ["1,234", "1,234 could mean 1234 rand or 1.23 rand: write one of them."],
  ["R 12.345", "12.345 could mean 12345 rand or 12.34 rand: write one of them."],
]) {
  test(`${typed || "nothing"} is refused`, () =>
    assert.throws(() => readRand(typed), { message: reason }));
}
