/** What a deployed function finds in its environment, with everything of AWS at one local address. */
export const setEnvironment = (endpoint: string): void => {
  Object.assign(process.env, {
    TABLE_NAME: 'secretcast-test',
    RECONCILE_QUEUE_URL: `${endpoint}/444455556666/reconcile`,
    PUSH_QUEUE_URL: `${endpoint}/444455556666/push`,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_EC2_METADATA_DISABLED: 'true',
    POWERTOOLS_LOG_LEVEL: 'INFO',
  });
};
