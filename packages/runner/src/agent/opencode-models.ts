// What OpenCode shall know of models. Of itself it looks through those of every maker, thousands, which is a third of its start.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import known from './opencode-models.json' with { type: 'json' };

/**
 * Resolves to the path of a list in this folder. Nothing for a model that is not in ours: OpenCode may be newer, and know it by itself.
 * @param model as OpenCode names it: `anthropic/claude-sonnet-4-5`
 */
export async function listModels(model: string | undefined, folder: string): Promise<string | undefined> {
  const [provider = '', ...rest] = model?.split('/') ?? [];
  if (provider !== known.anthropic.id || !Object.hasOwn(known.anthropic.models, rest.join('/'))) return undefined;
  const path = join(folder, 'models.json');
  await writeFile(path, JSON.stringify(known));
  return path;
}
