import type { Subject } from '../../domain/doctor/hop.ts';
import {
  deadLettersOf,
  HUB_QUEUES,
  HUB_RULES,
  judgeQueues,
  judgeRules,
  type QueueFacts,
} from '../../domain/doctor/hub.ts';
import type { HubProbe } from '../ports/doctor.ts';
import { asAnswered, createWalk, type Found } from './walk.ts';

export interface HubWalk {
  readonly hub: HubProbe;
  /** `secretcast-STAGE`: rules and queues are named after it. */
  readonly stack: string;
  readonly you: string;
}

/** Whether what happens in AWS reaches the service. */
export const walkHub = async ({ hub, stack, you }: HubWalk): Promise<Subject> => {
  const walk = createWalk();
  const as = `you, ${you}`;
  await walk.attempt({
    hop: 'event-rules',
    attempted: `events:DescribeRule and events:ListTargetsByRule on ${HUB_RULES.length} rules`,
    as,
    run: () => lookAtRules(hub, stack),
    explain: asAnswered,
  });
  await walk.attempt({
    hop: 'queues',
    attempted: 'sqs:GetQueueAttributes on the queues and their dead letters',
    as,
    run: () => lookAtQueues(hub, stack),
    explain: asAnswered,
  });
  return { subject: `hub ${stack}`, hops: walk.reports };
};

const lookAtRules = async (hub: HubProbe, stack: string): Promise<Found<true>> => {
  const queue = `${stack}-secret-changes`;
  const rules = await Promise.all(
    HUB_RULES.map(async ({ suffix, isForwarded }) => {
      const place = { name: `${stack}-${suffix}`, ...(isForwarded ? { bus: stack } : {}) };
      return { ...place, found: await hub.rule(place.name, place.bus) };
    }),
  );
  const seen = rules.flatMap(({ found, ...place }) => {
    if (found === 'denied') return [];
    return [found === undefined ? place : { ...place, found }];
  });
  if (seen.length < rules.length) return { untried: 'you may not events:DescribeRule and events:ListTargetsByRule' };
  const trouble = judgeRules(seen, queue);
  return trouble === undefined
    ? { found: true, said: `${rules.length} rules are on and lead to ${queue}` }
    : { trouble };
};

const lookAtQueues = async (hub: HubProbe, stack: string): Promise<Found<true>> => {
  const look = async (name: string) => ({ name, waiting: await hub.waiting(name) });
  const names = HUB_QUEUES.map((queue) => `${stack}-${queue}`);
  const queues = await Promise.all(names.map(look));
  const dead = await Promise.all(names.map((name) => look(deadLettersOf(name))));
  const seen = [queues, dead].map((some) => some.flatMap(toFacts));
  const [waiting = [], letters = []] = seen;
  if (waiting.length + letters.length < queues.length + dead.length)
    return { untried: 'you may not sqs:GetQueueAttributes' };
  const trouble = judgeQueues(waiting, letters);
  return trouble === undefined ? { found: true, said: 'no dead letters' } : { trouble };
};

const toFacts = ({
  name,
  waiting,
}: {
  name: string;
  waiting: number | undefined | 'denied';
}): readonly QueueFacts[] => {
  if (waiting === 'denied') return [];
  return [waiting === undefined ? { name } : { name, waiting }];
};
