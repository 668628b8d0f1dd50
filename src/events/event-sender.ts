import type { RemoteKey } from '../domain/remote-key.ts';
import type { EventEnvelope } from './event-envelope.ts';
import { MalformedMessageError } from './malformed-message.ts';

type Place = Pick<RemoteKey, 'account' | 'region'>;

/**
 * An account speaks for its own secrets in its own Region: EventBridge writes both into the envelope, so what is inside
 * must agree with it. An event that does not was not made by the service it claims to come from.
 * @throws MalformedMessageError
 */
export const refuseForeignClaims = (event: EventEnvelope): void => {
  const claims = [...(event.resources ?? []).flatMap(placeInArn), ...placeInTrail(event)];
  if (claims.every((claim) => isOfSender(event, claim))) return;
  throw new MalformedMessageError(
    `event ${event.id} (${event['detail-type']}) speaks of another account or Region than its sender's`,
  );
};

/** Whether a place, as far as it is said, is the sender's. */
export const isOfSender = ({ account, region }: EventEnvelope, claim: Partial<Place>): boolean =>
  (claim.account ?? account) === account && (claim.region ?? region) === region;

/** `arn:PARTITION:SERVICE:REGION:ACCOUNT:…`; what is no ARN names no place. */
const placeInArn = (text: string): readonly Place[] => {
  const [arn, , , region, account] = text.split(':');
  return arn === 'arn' && region !== undefined && account !== undefined ? [{ account, region }] : [];
};

/** What CloudTrail wrote down of whose trail this is; absent in events of other origins. */
const placeInTrail = ({ detail }: EventEnvelope): readonly Partial<Place>[] => [
  ...textIn(detail, 'recipientAccountId').map((account) => ({ account })),
  ...textIn(detail, 'awsRegion').map((region) => ({ region })),
];

const textIn = (detail: EventEnvelope['detail'], name: string): readonly string[] => {
  const value = detail[name];
  return value === undefined || value === null ? [] : [String(value)];
};
