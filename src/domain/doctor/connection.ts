import type { Cluster, ClusterConnection } from '../cluster.ts';
import { accessEntryCommand } from '../grant-access.ts';
import type { Remedy, Trouble } from './hop.ts';

/** How far an attempt to reach an API server came; `code` is Node's own. */
export type Reach =
  | { readonly stoppedAt?: undefined }
  | { readonly stoppedAt: 'network' | 'tls'; readonly code: string };

type Placed = Pick<Cluster, 'name' | 'connection'>;

/** The command that registers the same place again; what it stood for otherwise is the person's to repeat. */
const addAgain = ({ name, connection }: Placed): string =>
  connection.type === 'eks'
    ? `secretcast cluster add ${name} --eks ${connection.eksName} --eks-region ${connection.region} …`
    : `secretcast cluster add ${name} --kubeconfig FILE --context CONTEXT …`;

const STALE =
  'Adding the cluster again takes up its present address and certificate authority; give the other options as before (`secretcast cluster show`).';

const NETWORK_ANSWERS: readonly { readonly codes: RegExp; readonly means: string; readonly say: string }[] = [
  {
    codes: /^(?:ENOTFOUND|EAI_)/,
    means: 'no such host name',
    say: `The cluster was deleted or made anew, or its name is known in its own network only. ${STALE}`,
  },
  {
    codes: /^ECONNREFUSED$/,
    means: 'nothing listens there',
    say: `The API server is down, or has moved. ${STALE}`,
  },
  {
    codes: /./,
    means: 'no answer',
    say: 'Something between drops the packets: the public access CIDRs of the endpoint, a security group, a missing route or NAT. A private endpoint is reached from its own network alone: deploy the functions into it, and run this there too.',
  },
];

export const explainNetwork = (code: string, cluster: Placed): Trouble => {
  const found = NETWORK_ANSWERS.find(({ codes }) => codes.test(code));
  const look =
    cluster.connection.type === 'eks'
      ? [
          `aws eks describe-cluster --region ${cluster.connection.region} --name ${cluster.connection.eksName} --query 'cluster.[status,endpoint,resourcesVpcConfig]'`,
        ]
      : [];
  return {
    answer: [`${code}: ${found?.means ?? 'no answer'}`],
    remedy: { say: found?.say ?? '', commands: [...look, addAgain(cluster)] },
  };
};

const TLS_ANSWERS: readonly { readonly codes: RegExp; readonly means: string; readonly say: string }[] = [
  {
    codes: /ALTNAME/,
    means: 'the certificate is for another name',
    say: 'Register the cluster under a name that its certificate has.',
  },
  { codes: /EXPIRED/, means: 'the certificate has expired', say: "Renew the API server's certificate." },
  {
    codes: /CERT|ISSUER|SIGNATURE/,
    means: 'the certificate is of another authority than the registered one',
    say: `The cluster was made anew or has a new authority, or somebody else answers at its address. Make sure which. ${STALE}`,
  },
  {
    codes: /./,
    means: 'no TLS handshake',
    say: 'What answers at this address does not speak TLS as an API server does: a proxy or a load balancer may be in between.',
  },
];

export const explainTls = (code: string, cluster: Placed): Trouble => {
  const found = TLS_ANSWERS.find(({ codes }) => codes.test(code));
  return {
    answer: [`${code}: ${found?.means ?? ''}`],
    remedy: { say: found?.say ?? '', commands: [addAgain(cluster)] },
  };
};

/** No proof could be made of who asks. */
export const explainToken = (message: string, cluster: Placed): Trouble => ({
  answer: [message],
  remedy: tokenRemedy(cluster),
});

const tokenRemedy = (cluster: Placed): Remedy => {
  const { connection } = cluster;
  if (connection.type === 'credentials')
    return {
      say: `The secret ${connection.credentialsSecretId} holds how the service signs in; adding the cluster again writes it anew. If it is there, you, or the service, may not read it.`,
      commands: [`aws secretsmanager describe-secret --secret-id ${connection.credentialsSecretId}`, addAgain(cluster)],
    };
  if (connection.roleArn === undefined)
    return { say: 'Sign in to AWS; `aws sts get-caller-identity` shows who you are.' };
  return {
    say: 'Whoever signs must be trusted by the role: the functions watch-clusters and reconcile, and you while you look.',
    statements: [
      {
        policy: `trust policy of ${connection.roleArn}`,
        statement: {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::HUB_ACCOUNT:root' },
          Action: 'sts:AssumeRole',
          Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::HUB_ACCOUNT:role/secretcast-*' } },
        },
      },
    ],
  };
};

/** EKS lets nobody in whose role has no entry. */
export const explainMissingEntries = (
  connection: Extract<ClusterConnection, { type: 'eks' }>,
  missing: readonly string[],
): Trouble => ({
  answer: missing.map((principal) => `no access entry for ${principal}`),
  remedy: {
    say: 'Make it. A role that was deleted and made again needs a new entry, although its ARN is the same. Where the authentication mode of the cluster is CONFIG_MAP, map the role in aws-auth instead.',
    commands: missing.map((principal) => accessEntryCommand(connection, principal)),
  },
});

/**
 * The API server does not take us for anybody.
 * @param principals - whom the service signs in to an EKS cluster as
 */
export const explainRefusal = (message: string, cluster: Placed, principals: readonly string[]): Trouble => {
  const { connection } = cluster;
  if (connection.type === 'eks')
    return {
      answer: [message],
      remedy: {
        say: 'EKS knows no access entry for who signs. An entry made just now takes a few seconds.',
        commands: principals.map((principal) => accessEntryCommand(connection, principal)),
      },
    };
  return {
    answer: [message],
    remedy: {
      say: 'The token or certificate has expired, was revoked, or is of another cluster. Add the cluster again with a new one.',
      commands: [addAgain(cluster)],
    },
  };
};

export const explainOtherCluster = (registeredUid: string, foundUid: string, { name }: Placed): Trouble => ({
  answer: [`its kube-system has uid ${foundUid}; registered is ${registeredUid}`],
  remedy: {
    say: 'Another cluster answers at this address, and nothing is written to it. If it took the place of the old one, register it in its place; what is remembered of the old one is forgotten.',
    commands: [`secretcast cluster add ${name} … --replace`],
  },
});
