// k8s/ as it lies in the tree, without kustomize: every file, what it holds, and who refers to it.
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAllYaml, type V1NetworkPolicy } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const k8s = join(root, 'k8s');

export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
};

export type Generator = {
  readonly name: string;
  readonly namespace?: string;
  readonly envs?: readonly string[];
  readonly files?: readonly string[];
  readonly literals?: readonly string[];
};

export type Kustomization = {
  /** Folder, relative to k8s/. */
  readonly folder: string;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly configMapGenerator?: readonly Generator[];
  readonly secretGenerator?: readonly Generator[];
  readonly labels?: readonly { readonly pairs: Readonly<Record<string, string>> }[];
};

/** Paths relative to k8s/. What is ignored by git is somebody's own. */
export async function listFiles(): Promise<string[]> {
  const entries = await readdir(k8s, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(k8s, join(entry.parentPath, entry.name)));
  return files.filter((file) => !file.includes('/settings/') || file.startsWith('base/')).toSorted();
}

export async function readKustomizations(): Promise<Kustomization[]> {
  const files = (await listFiles()).filter((file) => file.endsWith('kustomization.yaml'));
  return Promise.all(
    files.map(async (file) => ({
      ...((await readYaml(file))[0] as Omit<Kustomization, 'folder'>),
      folder: dirname(file),
    })),
  );
}

/** All objects that some kustomization makes of a file, unpatched, with the file each stands in. */
export async function readManifests(): Promise<(Manifest & { readonly file: string })[]> {
  const files = (await readKustomizations()).flatMap(({ folder, resources = [] }) =>
    resources.filter((name) => name.endsWith('.yaml')).map((name) => normalize(join(folder, name))),
  );
  const lists = await Promise.all(
    files.map(async (file) => (await readYaml(file)).map((object) => ({ ...(object as Manifest), file }))),
  );
  return lists.flat();
}

async function readYaml(file: string): Promise<unknown[]> {
  return parseYaml(await readFile(join(k8s, file), 'utf8'));
}

/** As the client knows them, with its own names for fields. */
export function parsePolicies(text: string): V1NetworkPolicy[] {
  const objects: V1NetworkPolicy[] = loadAllYaml(text);
  return objects.filter(({ kind }) => kind === 'NetworkPolicy');
}

export function parseYaml(text: string): unknown[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw new Error(document.errors.join('\n'));
    return document.toJS() as unknown;
  });
}

/** The files that a generator reads, relative to k8s/. `settings/` of an overlay is a copy of `settings.example/`. */
export function filesOf(folder: string, { envs = [], files = [] }: Generator): string[] {
  const names = [...envs, ...files.map((name) => name.slice(name.indexOf('=') + 1))];
  return names.map((name) =>
    normalize(join(folder, folder.startsWith('overlays/') ? name.replace(/^settings\//, 'settings.example/') : name)),
  );
}

/** Names and values of what a generator makes out of env files and literals. */
export function settingsOf(folder: string, generator: Generator): [name: string, value: string][] {
  const envs = filesOf(folder, { name: generator.name, envs: generator.envs ?? [] });
  const lines = [
    ...envs.flatMap((file) => readFileSync(join(k8s, file), 'utf8').split('\n')),
    ...(generator.literals ?? []),
  ];
  return lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
}
