const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Two units, the smaller one left out when it is zero. */
const units = (...parts: readonly (readonly [number, string])[]): string =>
  parts
    .filter(([amount], index) => index === 0 || amount !== 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join('');

/** Seconds as `kubectl get` shows ages: `45s`, `3m20s`, `2d4h`. */
export const describeSeconds = (seconds: number): string => {
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE) return `${Math.floor(seconds)}s`;
  const minutes = Math.floor(seconds / MINUTE);
  if (minutes < 10) return units([minutes, 'm'], [Math.floor(seconds) % 60, 's']);
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(seconds / HOUR);
  if (hours < 8) return units([hours, 'h'], [minutes % 60, 'm']);
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return units([Math.floor(hours / 24), 'd'], [hours % 24, 'h']);
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`;
  const years = Math.floor(seconds / YEAR);
  return years < 8 ? units([years, 'y'], [Math.floor(seconds / DAY) % 365, 'd']) : `${years}y`;
};

/** The age of a timestamp, `<unknown>` when there is none. */
export const describeAge = (timestamp: string | undefined, now: Date): string => {
  if (timestamp === undefined) return '<unknown>';
  const then = Date.parse(timestamp);
  return Number.isNaN(then) ? '<invalid>' : describeSeconds((now.getTime() - then) / 1000);
};
