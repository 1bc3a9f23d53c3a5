// How a layer begins: with the list of what is passed over in the whole archive that it lies on.
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { encodeTarHeader, tarPadding, type TarReader } from './tar-format.ts';

/** In none of a session's folders: whoever knows of no layers takes the archive for a damaged one, and never for a whole one. */
const PATH = 'layer.json';
const headSchema = z.object({ without: z.array(z.string()) });

export function encodeLayerHead(without: readonly string[]): Buffer {
  const content = Buffer.from(JSON.stringify({ without }));
  const header = encodeTarHeader({ path: PATH, type: 'File', size: content.length, mode: 0o600 });
  return Buffer.concat([header ?? Buffer.alloc(0), content, tarPadding(content.length)]);
}

/** Throws for an archive that is no layer. */
export async function readLayerHead(tar: TarReader): Promise<string[]> {
  const entry = await tar.next();
  if (entry?.path !== PATH) throw new Error('not a layer');
  return headSchema.parse(JSON.parse(await text(tar.content(entry)))).without;
}
