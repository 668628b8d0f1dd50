import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import * as z from 'zod/mini';
import type { JudgeToken, Verdict } from './authenticator.ts';

/** What an API server asks about bearer tokens it does not know itself. */
export interface TokenWebhook {
  /** For `--authentication-token-webhook-config-file`. */
  readonly url: string;
  /** What was said so far, the first first. */
  readonly verdicts: readonly Verdict[];
  readonly stop: () => Promise<void>;
}

const API_VERSION = 'authentication.k8s.io/v1';
const tokenReview = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('TokenReview'),
  spec: z.object({ token: z.string() }),
});

/** Listens on the loopback address. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication */
export const startTokenWebhook = async (judge: JudgeToken): Promise<TokenWebhook> => {
  const verdicts: Verdict[] = [];
  const review = async (incoming: IncomingMessage): Promise<unknown> => {
    const { spec } = tokenReview.parse(JSON.parse(await bodyOf(incoming)));
    const verdict = await judge(spec.token);
    verdicts.push(verdict);
    const { user } = verdict;
    return { apiVersion: API_VERSION, kind: 'TokenReview', status: { authenticated: user !== undefined, user } };
  };
  const server = createServer((incoming, response) => {
    review(incoming).then(
      (answer) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
      () => response.writeHead(500).end(), // not a review, or STS is away: the API server takes it for a refusal
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the token webhook has no address');
  return {
    url: `http://127.0.0.1:${address.port}/authenticate`,
    verdicts,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

const bodyOf = async (incoming: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};
