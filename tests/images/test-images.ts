// The images made of this very source, in a storage of the tests' own.
import { fileURLToPath } from 'node:url';
import type { ProcessName } from '@runnel/images';
import { execa } from 'execa';
import { execPath } from '../support/run-process.ts';

export type TestImages = {
  /** Path of a docker archive with all three, called localhost/runnel/PROCESS:dev. */
  readonly archive: string;
  /** Runs podman with these arguments; resolves to what it printed. */
  podman(...args: string[]): Promise<string>;
  /** The command, its options and its environment, for whoever must be its parent. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Builds a runner's image with the program of an agent in it; resolves to its name. */
  buildAgent(agent: string): Promise<string>;
  /** Names an image to podman: by its id, since names move on with the source. */
  id(process: ProcessName): string;
};

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds them where they are not built yet, which takes minutes. */
export async function findTestImages(): Promise<TestImages> {
  const make = async (...agent: string[]): Promise<unknown> => {
    const made = await execa(execPath(), [`${root}scripts/make-test-images.mjs`, ...agent], { stderr: 'inherit' });
    return JSON.parse(made.stdout);
  };
  const { archive, podman: command } = (await make()) as { archive: string; podman: string[] };
  const env = { ...process.env, CONTAINERS_CONF: `${root}docker/containers.conf` };
  const [program = '', ...options] = command;
  const podman = async (...args: string[]): Promise<string> =>
    (await execa(program, [...options, ...args], { env })).stdout;
  // To list them takes a minute where there are a thousand.
  const has = async (id: string): Promise<boolean> =>
    (await execa(program, [...options, 'image', 'exists', id], { env, reject: false })).exitCode === 0;
  const ids = await readIds(archive);
  for (const id of ids.values()) {
    if (!(await has(id))) await podman('load', '--quiet', '--input', archive);
  }
  return {
    archive,
    command,
    env,
    podman,
    async buildAgent(agent) {
      return ((await make(agent)) as { image: string }).image;
    },
    id(process) {
      const id = ids.get(`localhost/runnel/${process}:dev`);
      if (id === undefined) throw new Error(`${archive} has no image of ${process}`);
      return id;
    },
  };
}

/** What each image's name stands for in an archive. */
async function readIds(archive: string): Promise<Map<string, string>> {
  const { stdout } = await execa('tar', ['-xOf', archive, 'manifest.json']);
  const images = JSON.parse(stdout) as { Config: string; RepoTags: string[] }[];
  return new Map(images.flatMap(({ Config, RepoTags }) => RepoTags.map((name) => [name, Config.replace('.json', '')])));
}
