import { enumerate, type Trouble } from './hop.ts';

/** A rule of the hub, as infra/rules.yml names it after the stack. */
export interface HubRule {
  readonly suffix: string;
  /** On the hub's own bus, which takes what other accounts forward; else on the default one. */
  readonly isForwarded: boolean;
}

export const HUB_RULES: readonly HubRule[] = [
  { suffix: 'secret-label', isForwarded: false },
  { suffix: 'secret-api', isForwarded: false },
  { suffix: 'parameter', isForwarded: false },
  { suffix: 'forwarded-secret-label', isForwarded: true },
  { suffix: 'forwarded-secret-api', isForwarded: true },
  { suffix: 'forwarded-parameter', isForwarded: true },
];

/** As infra/queues.yml names them after the stack: where messages wait, and where those end that nobody could handle. */
export const HUB_QUEUES = ['secret-changes', 'reconcile', 'push'] as const;
const DEAD = '-dead';
export const deadLettersOf = (queue: string): string => `${queue}${DEAD}`;

export interface RuleFacts {
  readonly name: string;
  /** Absent: the default one. */
  readonly bus?: string;
  /** Absent: there is no such rule. */
  readonly found?: { readonly isEnabled: boolean /** ARNs */; readonly targets: readonly string[] };
}

/** @param queue - name of the queue that each rule is to lead to */
export const judgeRules = (rules: readonly RuleFacts[], queue: string): Trouble | undefined => {
  const missing = rules.filter(({ found }) => found === undefined);
  const off = rules.filter(({ found }) => found?.isEnabled === false);
  const astray = rules.filter(
    ({ found }) => found !== undefined && !found.targets.some((arn) => arn.endsWith(`:${queue}`)),
  );
  const answer = [
    ...missing.map(({ name }) => `there is no rule ${name}`),
    ...off.map(({ name }) => `rule ${name} is disabled`),
    ...astray.map(({ name }) => `rule ${name} does not lead to the queue ${queue}`),
  ];
  if (answer.length === 0) return undefined;
  const needsDeployment = missing.length + astray.length > 0;
  const enable = off.map(
    ({ name, bus }) => `aws events enable-rule --name ${name}${bus === undefined ? '' : ` --event-bus-name ${bus}`}`,
  );
  return {
    answer,
    remedy: {
      say: needsDeployment
        ? 'Deploy the service again: the stack makes its rules. Until then changes arrive at the refresh interval.'
        : 'Switch it on again. Until then changes arrive at the refresh interval.',
      commands: [...enable, ...(needsDeployment ? ['npx osls deploy --stage STAGE --region REGION'] : [])],
    },
  };
};

export interface QueueFacts {
  readonly name: string;
  /** Messages. Absent: there is no such queue. */
  readonly waiting?: number;
}

/** @param deadLetters - the queues of what nobody could handle, which hold nothing when all is well */
export const judgeQueues = (queues: readonly QueueFacts[], deadLetters: readonly QueueFacts[]): Trouble | undefined => {
  const missing = [...queues, ...deadLetters].filter(({ waiting }) => waiting === undefined).map(({ name }) => name);
  const full = deadLetters.filter(({ waiting = 0 }) => waiting > 0);
  if (missing.length > 0)
    return {
      answer: missing.map((name) => `there is no queue ${name}`),
      remedy: {
        say: 'Deploy the service again: the stack makes its queues.',
        commands: ['npx osls deploy --stage STAGE --region REGION'],
      },
    };
  if (full.length === 0) return undefined;
  const sources = full.map(({ name }) => name.slice(0, -DEAD.length));
  return {
    answer: full.map(({ name, waiting }) => `${waiting} messages in ${name}`),
    remedy: {
      say: `Nobody could handle them: the log of the function behind ${enumerate(sources)} says why. No value is in them. After the mend, send them again:`,
      commands: full.map(
        ({ name }) => `aws sqs start-message-move-task --source-arn arn:aws:sqs:REGION:ACCOUNT:${name}`,
      ),
    },
  };
};
