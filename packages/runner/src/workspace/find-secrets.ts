// Stage: looks for keys and tokens in what is about to leave, by the rules of secretlint.
import type { AddedText } from './parse-patch.ts';

/** `line` counts from 1. */
export type FoundSecret = { readonly path: string; readonly line: number; readonly what: string };

export async function findSecrets(texts: Iterable<AddedText> | AsyncIterable<AddedText>): Promise<FoundSecret[]> {
  const found: FoundSecret[] = [];
  let look: Look | undefined;
  for await (const { path, text } of texts) {
    // Most turns change nothing.
    look ??= await loadRules();
    for (const { loc, ruleId } of await look(text)) {
      found.push({ path, line: loc.start.line, what: ruleId.replace(/^.*secretlint-rule-/, '') });
    }
  }
  return found;
}

type Look = Awaited<ReturnType<typeof loadRules>>;

async function loadRules() {
  const [{ lintSource }, preset, { secretLintProfiler }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
    import('@secretlint/profiler'),
  ]);
  // It would keep what it measures for as long as the runner lives: a hundred marks for each text.
  secretLintProfiler.setEnabled(false);
  const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: preset.creator }] };
  return async (content: string) => {
    // The rules pass over some files by their names and endings; here all text counts.
    const source = { filePath: 'text', content, contentType: 'text' as const };
    return (await lintSource({ source, options: { config, maskSecrets: true, noPhysicFilePath: true } })).messages;
  };
}
