/**
 * A five-field cron schedule in UTC, as the reference's cron library reads it. It differs from other libraries where it
 * matters: `?` is `*`, Sunday is 0 and never 7, `5/10` runs from 5 to the field's end, and when both day fields are
 * restricted a day matches when either does.
 */
export interface CronSchedule {
  readonly minutes: CronField;
  readonly hours: CronField;
  readonly days: CronField;
  readonly months: CronField;
  readonly weekdays: CronField;
}

interface CronField {
  readonly values: ReadonlySet<number>;
  /** Unrestricted: `*` or `?` without a step. */
  readonly star: boolean;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DESCRIPTORS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);
/** The reference looks no further ahead for a schedule such as 30 February. */
const MAX_YEARS_AHEAD = 5;
const DAY_MILLISECONDS = 86_400_000;

/** Reads five fields or a descriptor such as `@daily`; undefined when they make no schedule. */
export const parseCronSchedule = (text: string): CronSchedule | undefined => {
  const fields = (DESCRIPTORS.get(text) ?? text).trim().split(/\s+/);
  if (fields.length !== 5) {
    return undefined;
  }
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const minutes = parseField(minute, { min: 0, max: 59 });
  const hours = parseField(hour, { min: 0, max: 23 });
  const days = parseField(day, { min: 1, max: 31 });
  const months = parseField(month, { min: 1, max: 12, names: MONTHS });
  const weekdays = parseField(weekday, { min: 0, max: 6, names: WEEKDAYS });
  return minutes && hours && days && months && weekdays ? { minutes, hours, days, months, weekdays } : undefined;
};

/**
 * The first firing strictly after one instant and not after another, in epoch milliseconds; undefined when there is
 * none. Firings are whole minutes in UTC.
 */
export const firstFiringBetween = (schedule: CronSchedule, after: number, until: number): number | undefined => {
  const lastYear = new Date(after).getUTCFullYear() + MAX_YEARS_AHEAD;
  for (let midnight = startOfDay(after); midnight <= until; midnight += DAY_MILLISECONDS) {
    const day = new Date(midnight);
    if (day.getUTCFullYear() > lastYear) {
      return undefined;
    }
    const firing = matchesDay(schedule, day) ? firstOfDay(schedule, midnight, after) : undefined;
    if (firing !== undefined) {
      return firing <= until ? firing : undefined;
    }
  }
  return undefined;
};

const startOfDay = (instant: number): number => Math.floor(instant / DAY_MILLISECONDS) * DAY_MILLISECONDS;

const matchesDay = ({ days, months, weekdays }: CronSchedule, day: Date): boolean => {
  if (!months.values.has(day.getUTCMonth() + 1)) {
    return false;
  }
  const dayMatches = days.values.has(day.getUTCDate());
  const weekdayMatches = weekdays.values.has(day.getUTCDay());
  return days.star || weekdays.star ? dayMatches && weekdayMatches : dayMatches || weekdayMatches;
};

const firstOfDay = ({ hours, minutes }: CronSchedule, midnight: number, after: number): number | undefined =>
  ascending(hours)
    .flatMap((hour) => ascending(minutes).map((minute) => midnight + (hour * 60 + minute) * 60_000))
    .find((firing) => firing > after);

const ascending = ({ values }: CronField): number[] => [...values].sort((a, b) => a - b);

const parseField = (text: string, bounds: Bounds): CronField | undefined => {
  const parts = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => parsePart(part, bounds));
  const valid = parts.filter((part) => part !== undefined);
  return valid.length < parts.length
    ? undefined
    : { values: new Set(valid.flatMap(({ values }) => [...values])), star: valid.some(({ star }) => star) };
};

/** One of `*`, `5`, `mon`, `1-5`, each also with a step: `1-5/2`. */
const parsePart = (part: string, bounds: Bounds): CronField | undefined => {
  const [range = '', stepText, ...moreSteps] = part.split('/');
  const [low = '', high, ...moreHighs] = range.split('-');
  const star = low === '*' || low === '?';
  const step = stepText === undefined ? 1 : toNumber(stepText);
  const start = star ? bounds.min : toNumber(low, bounds.names, bounds.min);
  const end =
    star || (high === undefined && stepText !== undefined)
      ? bounds.max
      : toNumber(high ?? low, bounds.names, bounds.min);
  if (moreSteps.length > 0 || moreHighs.length > 0 || !isRange({ start, end, step }, bounds)) {
    return undefined;
  }
  const values = new Set<number>();
  for (let value = start; value <= end; value += step) {
    values.add(value);
  }
  return { values, star: star && step === 1 };
};
const isRange = (
  { start, end, step }: Readonly<Record<'start' | 'end' | 'step', number>>,
  { min, max }: Bounds,
): boolean => start >= min && end <= max && start <= end && step > 0; // NaN fails every comparison

/** A number or a three-letter name; NaN when neither. The first name stands for `first`. */
const toNumber = (text: string, names: readonly string[] = [], first = 0): number => {
  const name = names.indexOf(text.toLowerCase());
  if (name !== -1) {
    return name + first;
  }
  return /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
};
