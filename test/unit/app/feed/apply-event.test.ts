import { expect, test } from '@jest/globals';
import { applyDeletion } from '../../../../src/app/feed/apply-event.ts';
import { createFeedIndex } from '../../../../src/app/feed/feed-index.ts';
import { createWakeBuffer } from '../../../../src/app/feed/wake-buffer.ts';
import { createForget } from '../../../../src/app/forget-object.ts';
import { externalSecret, mirrored } from '../../../support/builders.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createFakeMessages } from '../../../support/fake-messages.ts';
import { createFakeTables } from '../../../support/fake-tables.ts';

test('a late deletion leaves an object of the same name made since known', async () => {
  const tables = createFakeTables();
  const current = mirrored(externalSecret(), { uid: 'made-since' });
  const index = createFeedIndex([current]);
  const wakes = createWakeBuffer({ ...tables, messages: createFakeMessages(), cluster: 'one', traceId: () => 'trace' });
  const feed = { ...tables, cluster: 'one', index, wakes, forget: createForget(tables), clock: createFakeClock() };

  await applyDeletion(feed, { ...current, uid: 'of-before' });

  expect(index.get(current.ref)?.uid).toBe('made-since');
});
