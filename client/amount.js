/* Amounts as people type them: "1234.5", "1 234,56", "R1,234.56", "-50". What could mean two
 * things is refused, never guessed; the API itself takes plain decimals only. */
const CURRENCY = /^([-−]?)\s*(?:R|ZAR)?\s*([-−]?)\s*(.*)$/is;
const PLAIN = /^(\d+)(?:[.,](\d{1,2}))?$/;
const GROUPED = [
  /^([1-9]\d{0,2}(?:\s\d{3})+)(?:[.,](\d{1,2}))?$/, // 1 234,56
  /^([1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d{1,2}))?$/, // 1,234.56
  /^([1-9]\d{0,2}(?:\.\d{3})+)(?:,(\d{1,2}))?$/, // 1.234,56
];
const AMBIGUOUS = /^[1-9]\d{0,2}[.,]\d{3}$/;

/* An Error about a field. */
export const refusal = (reason, field = "balance") =>
  Object.assign(new Error(reason), { errors: [{ field }] });

/* Return the plain decimal that was meant; throw an Error that says what is wrong with it. */
export function readRand(text) {
  const [, before, after, amount] = CURRENCY.exec(text.trim());
  if (AMBIGUOUS.test(amount)) {
    const cents = amount.replace(/.(\d{2})\d$/, ".$1");
    const whole = amount.replace(/[.,]/, "");
    throw refusal(`${amount} could mean ${whole} rand or ${cents} rand: write one of them.`);
  }
  const found = [PLAIN, ...GROUPED].map((form) => form.exec(amount)).find(Boolean);
  const digits = found?.[1].replace(/\D/g, "");
  if (!found || (before && after) || digits.length > 12) {
    throw refusal("Write the balance in rand, such as 1234.56 or 1 234,56.");
  }
  const plain = `${digits}.${(found[2] ?? "").padEnd(2, "0")}`;
  return (before || after) && Number(plain) ? `-${plain}` : plain;
}

/* "5.00" minus "7.50" is "-2.50": exact, for two decimal strings with as many decimals. */
export function minus(amount, other) {
  const decimals = amount.split(".")[1].length;
  const units = BigInt(amount.replace(".", "")) - BigInt(other.replace(".", ""));
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, "0");
  return `${units < 0n ? "-" : ""}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/* "1234.56" at a price of "996264.86" is "0.00123919" bitcoin: rounded half-even, as on the server. */
export function inBitcoin(amount, price) {
  const rand = BigInt(amount.replace(".", "")) * 10n ** BigInt(price.split(".")[1].length);
  const scaled = (rand < 0n ? -rand : rand) * 10n ** 6n; // from cents to satoshi
  const divisor = BigInt(price.replace(".", ""));
  let satoshi = scaled / divisor;
  const twice = (scaled % divisor) * 2n;
  if (twice > divisor || (twice === divisor && satoshi % 2n)) satoshi += 1n;
  const digits = String(satoshi).padStart(9, "0");
  return `${rand < 0n && satoshi ? "-" : ""}${digits.slice(0, -8)}.${digits.slice(-8)}`;
}
