/** A rule that makes calls fail, wait or read the past. What is left out matches every call; `match`, `accessKey` and `role` are substrings. */
export interface FaultRule {
  /** As in endpoints: `secretsmanager`, `ssm`, `sts`, `dynamodb`, `sqs`, `lambda`, … */
  readonly service?: string;
  /** `GetSecretValue`, … A rule on it also meets the single secrets of a BatchGetSecretValue. */
  readonly action?: string;
  /** In a name, id or ARN of the request; a secret is known by name and ARN, whichever the caller used. */
  readonly match?: string;
  readonly accessKey?: string;
  /** In the caller's ARN, `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. Functions have a role of their own only with `auth`. */
  readonly role?: string;
  /**
   * `throttle` 400 ThrottlingException, `deny` AccessDeniedException, `error` 500 InternalServiceError, `delay` waits `milliseconds`, `stale`: for
   * `seconds` after AWSCURRENT moved, GetSecretValue (or DescribeSecret, ListSecrets: `action`) answers as before.
   */
  readonly kind: 'throttle' | 'deny' | 'error' | 'delay' | 'stale';
  readonly milliseconds?: number;
  readonly seconds?: number;
  /** How many calls it meets before it is used up. @default all; not for `stale` */
  readonly count?: number;
}

/** `match` is a substring of the event's resources or detail. */
export interface EventFilter {
  readonly source?: string;
  readonly detailType?: string;
  readonly match?: string;
}

/** What happens to events on their way from a rule to its target. Events of the clock are never touched. */
export interface EventRule {
  /** These never arrive. An empty filter: none arrives. */
  readonly drop?: EventFilter;
  /** What follows concerns only these. @default all */
  readonly only?: EventFilter;
  /** How many copies arrive beside the event, with the same id. */
  readonly duplicate?: number;
  /** Each arrives after a random part of this time, and so out of order. */
  readonly delayMilliseconds?: number;
  /** None arrives until a rule without `hold` is set; then all do, in random order. */
  readonly hold?: boolean;
}

export interface EventCounts {
  readonly delivered: number;
  readonly dropped: number;
  readonly duplicated: number;
  readonly held: number;
}

export interface CallCounts {
  /** Calls by `service.Action`, refused ones too. What the emulator's services ask of each other is no call. */
  readonly actions: Readonly<Record<string, number>>;
  /** How often each secret's value was read, alone or in a batch, by its name. Refused by policy or fault: not counted. */
  readonly secretReads: Readonly<Record<string, number>>;
}

export interface Levers {
  /** Replaces the fault rules. @throws Error - a key or kind that does not exist */
  readonly faults: (rules: readonly FaultRule[]) => Promise<void>;
  /** Replaces the event rule; `{}` delivers everything again. */
  readonly events: (rule: EventRule) => Promise<EventCounts>;
  /** Counts since the start or `clearCalls`. */
  readonly calls: () => Promise<CallCounts>;
  readonly clearCalls: () => Promise<void>;
}

/** The levers of emulator/control.py. */
export function createLevers(endpoint: string): Levers {
  const pull = async (method: string, lever: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${endpoint}/_secretcast/${lever}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${lever} of the local AWS failed: ${await response.text()}`);
    return response.json();
  };
  return {
    faults: async (rules) => void (await pull('POST', 'faults', rules)),
    events: async (rule) => parseEventCounts(await pull('POST', 'events', rule)),
    calls: async () => parseCallCounts(await pull('GET', 'calls')),
    clearCalls: async () => void (await pull('DELETE', 'calls')),
  };
}

function parseEventCounts(answer: unknown): EventCounts {
  const counts = parseCounts(answer);
  const count = (name: string) => counts[name] ?? 0;
  return {
    delivered: count('delivered'),
    dropped: count('dropped'),
    duplicated: count('duplicated'),
    held: count('held'),
  };
}

function parseCallCounts(answer: unknown): CallCounts {
  const parts = new Map(entriesOf(answer));
  return { actions: parseCounts(parts.get('actions')), secretReads: parseCounts(parts.get('secretReads')) };
}

function parseCounts(value: unknown): Record<string, number> {
  return Object.fromEntries(entriesOf(value).map(([name, count]) => [name, Number(count)]));
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];
