import type { Clock } from './ports/runtime.ts';
import type { RemoteSecret, SecretReader, SecretReaders } from './ports/secret-reader.ts';

/** Several times what a read takes. One that hangs shall not hold up others, who may be of another cluster. */
const PATIENCE_MILLISECONDS = 250;

export interface JoinedReadersDeps {
  readonly readers: SecretReaders;
  readonly clock: Pick<Clock, 'sleep'>;
}

/**
 * Readers that ask the provider for the same thing one at a time, over all batches of a container. Who asks while a read is
 * under way may have seen its target after that read began, and so is never answered by it: it waits for the next read, as
 * does whoever else asks meanwhile. So the messages of one rotation that are handled together cost two or three reads.
 *
 * ```text
 *   asks:   1   2 3   4
 *   reads:  |---1---||-2,3,4-|     each answer was read after it was asked for
 * ```
 *
 * Only who has the same plan shares, and nobody whose chain begins with what is kept in a cluster.
 */
export const createJoinedReaders = ({ readers, clock }: JoinedReadersDeps): SecretReaders => {
  const inTurn = createTurns(clock);
  return {
    open: async (plan, credentials, signal) => {
      const reader = await readers.open(plan, credentials, signal);
      return plan.base.type === 'default-role' ? joined(reader, JSON.stringify(plan), inTurn) : reader;
    },
  };
};

const joined = (reader: SecretReader, identity: string, inTurn: InTurn): SecretReader => ({
  ...reader,
  read: (read, signal) => inTurn(JSON.stringify([identity, read.key, read.version]), () => reader.read(read, signal)),
});

/** A read that is under way, and the one that begins after it, if anybody waits for that. */
interface Turn {
  readonly over: Promise<void>;
  next: Promise<RemoteSecret> | undefined;
}

type InTurn = (line: string, start: () => Promise<RemoteSecret>) => Promise<RemoteSecret>;

const createTurns = (clock: Pick<Clock, 'sleep'>): InTurn => {
  const turns = new Map<string, Turn>();

  const begin: InTurn = (line, start) => {
    const reading = start();
    const end = (): void => {
      if (turns.get(line) === turn && turn.next === undefined) turns.delete(line); // else the next takes its place
    };
    const turn: Turn = { over: reading.then(end, end), next: undefined };
    turns.set(line, turn);
    return reading;
  };

  return (line, start) => {
    const turn = turns.get(line);
    if (turn === undefined) return begin(line, start);
    turn.next ??= atMost(turn.over, clock).then(() => begin(line, start));
    return turn.next;
  };
};

const atMost = async (work: Promise<void>, clock: Pick<Clock, 'sleep'>): Promise<void> => {
  const done = new AbortController();
  const tooLong = clock.sleep(PATIENCE_MILLISECONDS, done.signal).catch(() => undefined); // cut off: nobody waits for it
  await Promise.race([work, tooLong]);
  done.abort();
};
