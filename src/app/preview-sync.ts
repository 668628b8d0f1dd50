import { acceptExternalSecret } from '../domain/accept-external-secret.ts';
import type { ExternalSecret, RemoteRef } from '../domain/external-secret.ts';
import { findEntries } from '../domain/find-entries.ts';
import { generatorEntries } from '../domain/generator-entries.ts';
import type { MirroredObject } from '../domain/mirrored-object.ts';
import { planSync, type SyncPlan } from '../domain/plan-sync.ts';
import { SecretValue } from '../domain/secret-value.ts';
import { specEntries } from '../domain/spec-entries.ts';
import type { SecretData } from '../domain/target-content.ts';
import { fetchData, openEntries } from './fetch-data.ts';
import { findSecrets, openFinds } from './find-secrets.ts';
import type { ClusterClient } from './ports/cluster-client.ts';
import type { Engine, Engines } from './ports/engine.ts';
import type { SecretReader } from './ports/secret-reader.ts';
import { renderContent } from './render-content.ts';
import { createSharedReads } from './shared-reads.ts';
import { createTemplateSources } from './template-sources.ts';

/** What stands for the outside. */
export interface PreviewWorld {
  /** The objects beside the ExternalSecret. */
  readonly client: Pick<ClusterClient, 'readConfigMap' | 'readSecret'>;
  /** What the provider holds. Absent: every value is told by a placeholder. */
  readonly reader?: SecretReader;
}

export interface Preview {
  readonly es: ExternalSecret;
  readonly plan: SyncPlan;
  /** Entries that are left out, since nobody knows which keys they have. */
  readonly unknown: readonly string[];
  /** Entries that are left out, since nothing is generated for a preview. */
  readonly generated: readonly string[];
}

/**
 * What a sync of one ExternalSecret would do, by the rules of the sync itself, with nothing read from AWS or a cluster.
 * @throws SyncError - what its event would say
 */
export const createPreviewSync =
  (engines: Engines) =>
  async (object: MirroredObject, { client, reader }: PreviewWorld): Promise<Preview> => {
    const es = acceptExternalSecret(object, { genericTargets: false });
    const engine = engines.forObject();
    const { namespace, target } = es;
    const existing = await client.readSecret({ namespace, name: target.name });
    const data = reader === undefined ? placeholders(es) : await readAll(es, { engine, reader });
    const facts = { es, existing, data };
    const content = await renderContent(facts, { engine, sources: createTemplateSources(client) });
    const generated = generatorEntries(es).map(({ label }) => label);
    const unknown = reader === undefined ? unknownEntries(es) : [];
    return { es, plan: planSync(facts, content), unknown, generated };
  };

export type PreviewSync = ReturnType<typeof createPreviewSync>;

const readAll = async (
  es: ExternalSecret,
  { engine, reader }: { readonly engine: Engine; readonly reader: SecretReader },
): Promise<SecretData> => {
  const stores = { open: async () => ({ reader, prefix: '', admitKey: () => undefined }) };
  const entries = await openEntries(es, stores);
  const reads = createSharedReads('');
  const search = { reads, finders: { noted: async () => [] }, written: [], now: 0 };
  const found = await findSecrets(await openFinds(es, stores), search);
  return (await fetchData({ es, entries, found, engine, announcements: new Map(), ...search })).data;
};

const unknownEntries = (es: ExternalSecret): readonly string[] => {
  const extracts = specEntries(es).filter(({ secretKey }) => secretKey === undefined);
  const entries = [...extracts, ...findEntries(es)].sort((a, b) => a.position - b.position);
  return entries.map(({ label }) => label);
};

/** `<prod/db>` for a whole value, `<prod/db password>` for a property of it. */
const placeholders = (es: ExternalSecret): SecretData =>
  new Map(es.data.map(({ secretKey, remoteRef }) => [secretKey, placeholder(remoteRef)]));

const placeholder = ({ key, property }: RemoteRef): SecretValue =>
  SecretValue.fromText(`<${property === '' ? key : `${key} ${property}`}>`);
