/* The history as a series: one balance a day, within a range that ends today. */

/* The ranges, and how many months each goes back. */
export const RANGES = { "1M": 1, "3M": 3, "6M": 6, "1Y": 12, All: Infinity };

/* Of entries in order, return each day's last. */
export const byDay = (entries) => entries.filter(({ date }, n) => entries[n + 1]?.date !== date);

/* "2026-03-31", one month earlier, is "2026-02-28". */
function monthsBefore(date, months) {
  const [year, month, day] = date.split("-").map(Number);
  const last = new Date(Date.UTC(year, month - months, 0)).getUTCDate(); // of that month
  const moved = new Date(Date.UTC(year, month - 1 - months, Math.min(day, last)));
  return moved.toISOString().slice(0, 10);
}

/* Return the days within a range; at least the last two, so that there is a change to tell. */
export function within(range, days, today) {
  const months = RANGES[range];
  if (months === Infinity) return days;
  const start = monthsBefore(today, months);
  const first = days.findIndex(({ date }) => date >= start);
  return days.slice(Math.max(0, first < 0 ? days.length - 2 : Math.min(first, days.length - 2)));
}

/* Of the days in a range, return the first with a value in this unit ("rand" or "bitcoin"), which
 * the last is compared with; null where the last is the only one. */
export function basis(ranged, unit) {
  const known = unit === "rand" ? ranged : ranged.filter(({ btc_then }) => btc_then !== null);
  return known.length > 1 ? known[0] : null;
}
