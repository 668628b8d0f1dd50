import { createEngine } from '../../src/adapters/engine/engine.ts';
import { describeEngine } from './engine.ts';

describeEngine('Go in worker threads', () => {
  const engine = createEngine({ deadlineMilliseconds: 1_000 });
  return { engine, stop: engine.close };
});
