const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Up to where a unit is used, as kubectl does: 119s, 119m, 47h, then days. */
const UNITS: readonly { readonly below: number; readonly unit: number; readonly name: string }[] = [
  { below: 2 * MINUTE, unit: SECOND, name: 's' },
  { below: 2 * HOUR, unit: MINUTE, name: 'm' },
  { below: 2 * DAY, unit: HOUR, name: 'h' },
  { below: Number.POSITIVE_INFINITY, unit: DAY, name: 'd' },
];

/** How long ago `time` was, both epoch milliseconds; a dash for never. A clock that is ahead of ours gives 0s. */
export const formatAge = (time: number | undefined, now: number): string => {
  if (time === undefined) return '-';
  const age = Math.max(0, now - time);
  const found = UNITS.find(({ below }) => age < below);
  return found === undefined ? '-' : `${Math.floor(age / found.unit)}${found.name}`;
};

/** RFC 3339 for machines; absent stays absent. */
export const toTime = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();
