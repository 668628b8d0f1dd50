import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpMethod, KubeConfig, type KubernetesObject, RequestContext } from '@kubernetes/client-node';
import { fetch } from 'undici';
import { parseAllDocuments } from 'yaml';

const FIELD_MANAGER = 'secretcast-local';

/** A new CRD is served a moment after it was made. */
const SERVED_WITHIN_MILLISECONDS = 10_000;
const LOOK_EVERY_MILLISECONDS = 100;

/** Every object of every YAML file of a folder, in the order of the file names. */
export const readManifests = async (folder: string): Promise<readonly KubernetesObject[]> => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  return (await Promise.all(files.map((file) => readManifestFile(join(folder, file))))).flat();
};

export const readManifestFile = async (file: string): Promise<readonly KubernetesObject[]> =>
  parseAllDocuments(await readFile(file, 'utf8')).map((document) => document.toJS());

export const openKubeconfig = (file: string, context: string): KubeConfig => {
  const config = new KubeConfig();
  config.loadFromFile(file);
  config.setCurrentContext(context);
  return config;
};

/**
 * Applies objects server-side, as `kubectl apply --server-side` would, without needing kubectl.
 * @throws Error - names the object and what the API server said of it
 */
export const applyManifests = async (
  kubeconfigFile: string,
  context: string,
  objects: readonly KubernetesObject[],
): Promise<void> => {
  const config = openKubeconfig(kubeconfigFile, context);
  for (const object of objects) await apply(config, object, Date.now() + SERVED_WITHIN_MILLISECONDS);
};

const apply = async (config: KubeConfig, object: KubernetesObject, until: number): Promise<void> => {
  const { status, message } = await patch(config, object);
  if (status < 300) return;
  if (status === 404 && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MILLISECONDS));
    return apply(config, object, until);
  }
  const { kind = '?', metadata } = object;
  throw new Error(
    `applying ${kind} ${metadata?.namespace ?? ''}/${metadata?.name ?? '?'} failed: ${status} ${message}`,
  );
};

/** The client's own object API reshapes CRDs by its models, and loses what these do not know; so the request is made here. */
const patch = async (config: KubeConfig, object: KubernetesObject): Promise<{ status: number; message: string }> => {
  const url = new URL(`${config.getCurrentCluster()?.server}${pathOf(object)}`);
  url.search = new URLSearchParams({ fieldManager: FIELD_MANAGER, force: 'true' }).toString();
  const request = new RequestContext(url.href, HttpMethod.PATCH);
  await config.applySecurityAuthentication(request);
  const dispatcher = request.getDispatcher();
  const response = await fetch(url, {
    method: 'PATCH',
    headers: { ...request.getHeaders(), 'Content-Type': 'application/apply-patch+yaml' },
    body: JSON.stringify(object),
    ...(dispatcher === undefined ? {} : { dispatcher }),
  }).catch((error: unknown) => {
    throw new Error(`no answer from the API server at ${url.origin}`, { cause: error });
  });
  return { status: response.status, message: response.ok ? '' : await messageOf(response) };
};

const messageOf = async (response: { json(): Promise<unknown> }): Promise<string> => {
  const body = await response.json();
  return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : '';
};

/** Good for the kinds that are applied here: their plural is the name with an s. */
const pathOf = ({ apiVersion = '', kind = '', metadata = {} }: KubernetesObject): string => {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const namespace = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${namespace}/${kind.toLowerCase()}s/${metadata.name ?? ''}`;
};
