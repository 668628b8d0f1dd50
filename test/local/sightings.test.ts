import { describe, expect, test } from '@jest/globals';
import { createSightings } from '../../local/sightings.ts';

const secret = (uid: string, resourceVersion: string) => ({ namespace: 'apps', name: 'db', uid, resourceVersion });

describe('the live view', () => {
  test('tells of an object once, however often its watch begins anew', () => {
    const sight = createSightings();

    expect(sight('ADDED', secret('a', '1'))).toBe('created');
    expect(sight('ADDED', secret('a', '1'))).toBeUndefined();
  });

  test('tells of a change, also of one between two watches', () => {
    const sight = createSightings();
    sight('ADDED', secret('a', '1'));

    expect(sight('MODIFIED', secret('a', '2'))).toBe('updated');
    expect(sight('ADDED', secret('a', '3'))).toBe('updated');
  });

  test('tells of a deletion, and of what is made anew under the name', () => {
    const sight = createSightings();
    sight('ADDED', secret('a', '1'));

    expect(sight('DELETED', secret('a', '2'))).toBe('deleted');
    expect(sight('ADDED', secret('b', '3'))).toBe('created');
    expect(sight('ADDED', secret('c', '9'))).toBe('created'); // its deletion was not seen
  });

  test('has nothing to tell of bookmarks and errors', () => {
    expect(createSightings()('BOOKMARK', secret('a', '1'))).toBeUndefined();
  });
});
