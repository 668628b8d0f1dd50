const SERVICES = ['secretsmanager', 'ssm', 'acm'] as const;

export type SecretService = (typeof SERVICES)[number];

export const isSecretService = (text: string): text is SecretService => SERVICES.some((service) => service === text);

/** One secret or parameter as events name it: what dependants are recorded under. */
export interface RemoteKey {
  readonly account: string;
  readonly region: string;
  readonly service: SecretService;
  readonly name: string;
}

/** Where a store reads: the account and Region that a plain name is resolved in. */
export interface StoreLocation {
  readonly account: string;
  readonly region: string;
  readonly service: SecretService;
}

export const formatRemoteKey = ({ account, region, service, name }: RemoteKey): string =>
  `${account}#${region}#${service}#${name}`;

/** Reads back what {@link formatRemoteKey} wrote. */
export const parseRemoteKey = (text: string): RemoteKey => {
  const [account = '', region = '', service = '', ...name] = text.split('#');
  if (!isSecretService(service)) throw new TypeError(`not a remote key: ${text}`);
  return { account, region, service, name: name.join('#') };
};

/** Six random characters that Secrets Manager appends to the name in an ARN. */
const ARN_SUFFIX = /-[A-Za-z0-9]{6}$/;

/**
 * Every key that `id`, as a store's user or a caller of AWS typed it, may stand for.
 * A Secrets Manager ARN is full or partial and cannot be told apart by its looks: a partial ARN of a name that itself
 * ends like the random suffix is kept under both readings, since waking one object too many is harmless and one too few is not.
 */
export const remoteKeysFor = (id: string, location: StoreLocation): readonly RemoteKey[] => {
  const arn = parseSecretArn(id);
  if (arn === undefined) return [{ ...location, name: id }];
  const names = ARN_SUFFIX.test(arn.name) ? [arn.name.replace(ARN_SUFFIX, ''), arn.name] : [arn.name];
  return names.map((name) => ({ account: arn.account, region: arn.region, service: arn.service, name }));
};

/** Certificates have no name to be read by but this. */
export const isCertificateArn = (id: string): boolean => /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\//.test(id);

/** `arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME`, or `…:ssm:REGION:ACCOUNT:parameter/NAME`. */
export const parseSecretArn = (id: string): RemoteKey | undefined => {
  const [arn, , service, region = '', account = '', ...rest] = id.split(':');
  if (arn !== 'arn' || !/^[a-z0-9-]+$/.test(region) || !/^\d{12}$/.test(account)) return undefined;
  const resource = rest.join(':');
  if (service === 'secretsmanager' && resource.startsWith('secret:'))
    return { account, region, service, name: resource.slice('secret:'.length) };
  if (service === 'ssm' && resource.startsWith('parameter/')) {
    const path = resource.slice('parameter'.length);
    // `parameter/foo` is the ARN of `foo` and of `/foo` alike; only a name with levels keeps its leading slash.
    return { account, region, service, name: path.indexOf('/', 1) > 0 ? path : path.slice(1) };
  }
  return undefined;
};
