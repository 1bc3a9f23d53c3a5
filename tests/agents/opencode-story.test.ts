// A person's day with OpenCode, through the whole fleet; its model follows a script.
import { describeAgentStory } from './describe-agent-story.ts';
import { program, runInOpenCode } from './opencode-on.ts';

describeAgentStory({
  provider: 'opencode',
  settings: (url) => ({
    OPENCODE_PROGRAM: program,
    OPENCODE_MODEL: 'anthropic/claude-sonnet-4-5',
    ANTHROPIC_API_KEY: 'key-of-the-model',
    ANTHROPIC_BASE_URL: url,
  }),
  run: runInOpenCode,
});
