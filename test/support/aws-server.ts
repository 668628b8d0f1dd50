import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerCertificateManager } from './aws-server-certificates.ts';
import { answerParameterStore, answerSecretsManager } from './aws-server-secrets.ts';
import { AwsServerSts, STS_TARGET } from './aws-server-sts.ts';
import { answerRegistry } from './aws-server-tokens.ts';
import { answerCertificateChange, answerParameterChange, answerSecretChange } from './aws-server-writes.ts';
import { FakeCertificates } from './fake-certificates.ts';
import { FakeParameters } from './fake-parameters.ts';
import { FakeSecretsManager } from './fake-secrets-manager.ts';

/** A request as it came over the wire. */
export interface AwsRequest {
  /** `secretsmanager.GetSecretValue`, `AmazonSSM.GetParameter`, `STS.AssumeRole` … */
  readonly target: string;
  /** Decoded JSON, or the form of STS. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Access key id that signed it. */
  readonly signer: string;
  /** What comes with temporary keys. */
  readonly sessionToken?: string;
}

export interface AwsAnswer {
  readonly status: number;
  /** Sent as it is. */
  readonly body: string;
  readonly contentType?: string;
}

/** What is sent instead of the usual answer. `hang`: nothing, ever. `reset`: the connection ends. */
export type Intercept = (request: AwsRequest) => AwsAnswer | 'hang' | 'reset' | undefined;

/** Secrets Manager, Parameter Store, Certificate Manager, the registries and STS at one local address, speaking AWS's own protocols. */
export interface AwsServer extends AsyncDisposable {
  readonly url: string;
  readonly manager: FakeSecretsManager;
  readonly parameters: FakeParameters;
  readonly certificates: FakeCertificates;
  readonly sts: AwsServerSts;
  readonly requests: readonly AwsRequest[];
  intercept(intercept: Intercept): void;
  stop(): Promise<void>;
}

export const startAwsServer = async (): Promise<AwsServer> => {
  const manager = new FakeSecretsManager(Date.now);
  const parameters = new FakeParameters(Date.now);
  const certificates = new FakeCertificates();
  const sts = new AwsServerSts();
  const requests: AwsRequest[] = [];
  const intercepts: Intercept[] = [];

  const usual = (request: AwsRequest): AwsAnswer => {
    if (request.target.startsWith('STS.')) return sts.answer(request);
    const denied = sts.denialOf(request);
    if (denied !== undefined) return denied;
    const issued = answerRegistry(request, requests.length);
    if (issued !== undefined) return issued;
    const changed =
      answerSecretChange(manager, request) ??
      answerParameterChange(parameters, request) ??
      answerCertificateChange(certificates, request);
    if (changed !== undefined) return changed;
    if (request.target.startsWith('CertificateManager.')) return answerCertificateManager(certificates, request);
    return request.target.startsWith('AmazonSSM.')
      ? answerParameterStore(parameters, request)
      : answerSecretsManager(manager, request);
  };

  const server = createServer((message, response) => {
    void readRequest(message).then((request) => {
      requests.push(request);
      const intercepted = intercepts.map((intercept) => intercept(request)).find((found) => found !== undefined);
      if (intercepted === 'hang') return;
      if (intercepted === 'reset') return void message.socket.destroy();
      send(response, intercepted ?? usual(request));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `http://127.0.0.1:${port}`,
    manager,
    parameters,
    certificates,
    sts,
    requests,
    intercept: (intercept) => void intercepts.push(intercept),
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

const readRequest = async (message: IncomingMessage): Promise<AwsRequest> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const signer = /Credential=([^/]+)\//.exec(message.headers.authorization ?? '')?.[1] ?? '';
  const token = message.headers['x-amz-security-token'];
  const who = { signer, ...(typeof token === 'string' ? { sessionToken: token } : {}) };
  const target = message.headers['x-amz-target'];
  if (typeof target === 'string') return { target, input: JSON.parse(body), ...who };
  const input = Object.fromEntries(new URLSearchParams(body));
  return { target: `${STS_TARGET}${input['Action'] ?? ''}`, input, ...who };
};

const send = (response: ServerResponse, { status, body, contentType }: AwsAnswer): void => {
  response.writeHead(status, {
    'content-type': contentType ?? 'application/x-amz-json-1.1',
    'x-amzn-requestid': 'request-1',
  });
  response.end(body);
};
