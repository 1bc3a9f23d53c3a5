// A person's day with Codex, through the whole fleet; its model follows a script.
import { KEY, program, runInCodex } from './codex-on.ts';
import { describeAgentStory } from './describe-agent-story.ts';

describeAgentStory({
  provider: 'codex',
  settings: (url) => ({
    CODEX_PROGRAM: program,
    CODEX_MODEL: 'scripted',
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: `${url}/v1`,
  }),
  run: runInCodex,
});
