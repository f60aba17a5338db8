// Numbers, money, quantities and times as text.
const number = (least, most) => new Intl.NumberFormat("en-US", {
  minimumFractionDigits: least, maximumFractionDigits: most,
});
const whole = number(0, 0);
const two = number(2, 2);
const four = number(4, 4);
const upToTwo = number(0, 2);
const MINUS = "\u2212";

const signed = (text) => text.replace("-", MINUS);

export const count = (value) => whole.format(value);
export const counted = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
export const hourlyNumber = (usd) => signed(four.format(usd));
export const monthlyNumber = (usd) => signed(two.format(usd));
export const hourly = (usd) => `${hourlyNumber(usd)} USD/h`;
export const monthly = (usd) => `${monthlyNumber(usd)} USD/month`;
// What is paid for reserved nodes that do not run; empty for nothing.
export const unusedText = (reservations) => {
  const unused = reservations.filter((item) => item.inUse < item.count);
  const usd = unused.reduce((sum, item) => sum + item.unusedUsdPerHour, 0);
  return unused.length ? `${hourly(usd)}: ${unused.map((item) =>
    `${count(item.count - item.inUse)} of ${count(item.count)} ${item.instanceType} (${item.name})`)
    .join(", ")}` : "";
};
export const percent = (share, digits = 0) =>
  `${number(digits, digits).format(100 * share)} %`;

// A month in the user's currency, with the digits that the currency has: KRW 2,157,549.
export function local(cost) {
  if (!cost) return "";
  try {
    return signed(new Intl.NumberFormat("en-US", {
      style: "currency", currency: cost.code, currencyDisplay: "code",
    }).format(cost.perMonth).replace(/\u00a0/g, " "));
  } catch { return `${cost.code} ${count(cost.perMonth)}`; }
}

export const cores = (milli) => upToTwo.format(milli / 1000);

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
export function bytes(value) {
  let unit = 0;
  let left = value;
  while (left >= 1024 && unit < UNITS.length - 1) { left /= 1024; unit += 1; }
  return `${number(0, left < 100 && unit > 2 ? 1 : 0).format(left)} ${UNITS[unit]}`;
}

const SUFFIXES = {
  "": 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4, Pi: 1024 ** 5, Ei: 1024 ** 6,
};
// The value of a Kubernetes quantity; NaN if it is none.
export function quantity(text) {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/.exec(text ?? "");
  return match && match[2] in SUFFIXES ? Number(match[1]) * SUFFIXES[match[2]] : NaN;
}

const isBytes = (resource) => /^(memory|ephemeral-storage|storage|hugepages-.*)$/.test(resource);

// A Kubernetes quantity as people read it: 3.92, 14.4 GiB.
export function amount(resource, text) {
  const value = quantity(text);
  if (Number.isNaN(value)) return text ?? "0";
  return isBytes(resource) ? bytes(value) : upToTwo.format(value);
}

// How long, in one unit of which there are at least two: 40 s, 90 min, 26 h, 9 d.
export function age(seconds) {
  const left = Math.max(0, Math.floor(seconds));
  if (left < 120) return `${left} s`;
  if (left < 7200) return `${Math.floor(left / 60)} min`;
  if (left < 172800) return `${Math.floor(left / 3600)} h`;
  return `${count(Math.floor(left / 86400))} d`;
}
export const ageAt = (created, at) =>
  (created ? age((Date.parse(at) - Date.parse(created)) / 1000) : "unknown");

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const dated = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
export const clockTime = (at) => clock.format(new Date(at));
export const dateTime = (at) => (at ? dated.format(new Date(at)) : "unknown");

// The part of a node's name that tells it from others: EC2's private DNS names share the rest.
export const shortName = (name) =>
  name.replace(/\.(?:[a-z]{2}(?:-[a-z]+)+-\d\.compute|ec2)\.internal$/, "");
