// Stage: looks for keys and tokens in what is about to leave, by the rules of secretlint.
import type { AddedText } from './parse-patch.ts';

/** `line` counts from 1. */
export type FoundSecret = { readonly path: string; readonly line: number; readonly what: string };

export async function findSecrets(texts: readonly AddedText[]): Promise<FoundSecret[]> {
  if (texts.length === 0) return [];
  // Its rules are large, and most turns change nothing.
  const [{ lintSource }, preset, { secretLintProfiler }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
    import('@secretlint/profiler'),
  ]);
  // It would keep what it measures for as long as the runner lives: a hundred marks for each text.
  secretLintProfiler.setEnabled(false);
  const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: preset.creator }] };
  const found: FoundSecret[] = [];
  for (const { path, text } of texts) {
    // The rules pass over some files by their names and endings; here all text counts.
    const source = { filePath: 'text', content: text, contentType: 'text' as const };
    const { messages } = await lintSource({ source, options: { config, maskSecrets: true, noPhysicFilePath: true } });
    for (const { loc, ruleId } of messages) {
      found.push({ path, line: loc.start.line, what: ruleId.replace(/^.*secretlint-rule-/, '') });
    }
  }
  return found;
}
