import { createEngine } from '../../src/adapters/engine/engine.ts';
import { describeEngine } from './engine.ts';

describeEngine('Go in worker threads', (deadlineMilliseconds) => createEngine({ deadlineMilliseconds }));
