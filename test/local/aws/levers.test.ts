import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLevers } from '../../../local/aws/levers.ts';

const asked: string[] = [];
let answer: { readonly status: number; readonly body: unknown };
let endpoint: string;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    asked.push(`${request.method} ${request.url} ${body}`.trim());
    response.writeHead(answer.status).end(JSON.stringify(answer.body));
  });
});

beforeEach(async () => {
  asked.length = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
});

test('counts are read by service and action, and by secret', async () => {
  answer = { status: 200, body: { actions: { 'sts.AssumeRole': 2 }, secretReads: { 'prod/db': 3 } } };

  expect(await createLevers(endpoint).calls()).toEqual(answer.body);
  expect(asked).toEqual(['GET /_secretcast/calls']);
});

test('rules go out as they are, and what became of events comes back', async () => {
  answer = { status: 200, body: { delivered: 5, held: 2 } };

  const counts = await createLevers(endpoint).events({ duplicate: 1 });

  expect(counts).toEqual({ delivered: 5, dropped: 0, duplicated: 0, held: 2 });
  expect(asked).toEqual(['POST /_secretcast/events {"duplicate":1}']);
});

test('a refused rule is an error with the reason', async () => {
  answer = { status: 400, body: { message: 'unknown: colour' } };

  await expect(createLevers(endpoint).faults([{ kind: 'deny' }])).rejects.toThrow('unknown: colour');
});
