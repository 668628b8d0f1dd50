import * as z from 'zod/mini';
import type { Written } from '../../app/ports/cluster-client.ts';
import { parseAnswer } from './parse-answer.ts';

const Stamped = z.object({ metadata: z.object({ uid: z.string(), resourceVersion: z.string() }) });

export const parseWritten = (body: unknown): Written => {
  const { uid, resourceVersion } = parseAnswer(Stamped, body, 'written object').metadata;
  return { uid, resourceVersion };
};
