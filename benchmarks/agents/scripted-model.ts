// A model on loopback that says one word and has the agent run something that goes on.
import { LLMock, type ChatCompletionRequest, type FixtureResponse } from '@copilotkit/aimock';

/** Stands in no message. */
export const WORD = 'understood';
/** As long as anything here is waited for: what an interrupted run leaves ends by itself. */
const FOR_LONG = 'timeout 120 tail -f /dev/null';

/** How an agent calls its shell. */
export type ShellCall = (command: string) => { readonly name: string; readonly arguments: string };

export type ScriptedModel = {
  readonly url: string;
  /** When it was first asked since a moment of `performance.now()`. */
  readonly askedSince: (from: number) => number;
  readonly stop: () => Promise<void>;
};

export async function startScriptedModel(call: ShellCall): Promise<ScriptedModel> {
  const asked: number[] = [];
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  mock.on({ predicate: () => true }, (request: ChatCompletionRequest): FixtureResponse => {
    // Whoever offers no tools wants a title.
    if ((request.tools ?? []).length === 0) return { content: 'A title' };
    asked.push(performance.now());
    const hasRun = request.messages.at(-1)?.role === 'tool';
    return hasRun ? { content: 'It ended.' } : { content: WORD, toolCalls: [call(FOR_LONG)] };
  });
  await mock.start();
  return {
    url: mock.url,
    askedSince: (from) => asked.find((at) => at >= from) ?? Number.NaN,
    stop: () => mock.stop(),
  };
}
