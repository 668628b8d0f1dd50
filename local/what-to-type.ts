import { relative } from 'node:path';
import type { LocalAws } from './aws/start-local-aws.ts';
import { EXAMPLE } from './example.ts';
import type { ServedCluster } from './served-clusters.ts';

/** Commands for a second terminal, ready to paste from the checkout. */
export const whatToType = (aws: LocalAws, clusters: readonly ServedCluster[]): string => {
  const kubeconfig = relative(process.cwd(), clusters[0]?.kubeconfigFile ?? '');
  const first = clusters[0]?.context ?? '';
  const last = clusters.at(-1)?.context ?? first;
  return `
Everything runs. In another terminal, from this folder:

  export AWS_ENDPOINT_URL=${aws.endpoint} AWS_REGION=${aws.region} AWS_ACCESS_KEY_ID=${aws.credentials.accessKeyId} AWS_SECRET_ACCESS_KEY=${aws.credentials.secretAccessKey}
  aws secretsmanager put-secret-value --secret-id ${EXAMPLE.secretId} --secret-string '{"username":"app","password":"changed"}'

  export KUBECONFIG=${kubeconfig}
  kubectl --context ${first} -n ${EXAMPLE.namespace} get externalsecret,secretstore,secret
  kubectl --context ${last} -n ${EXAMPLE.namespace} delete secret ${EXAMPLE.target}     # comes back
  kubectl --context ${first} -n ${EXAMPLE.namespace} get secret ${EXAMPLE.target} -o jsonpath='{.data.password}' | base64 -d

  npx secretcast status
  npx secretcast cluster list

Each change shows below as it lands in each cluster. Ctrl-C ends everything.
`;
};
