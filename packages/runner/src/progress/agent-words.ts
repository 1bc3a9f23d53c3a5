// What an agent does, in lines that stand on the card between what it says.
import type { AgentEvent, PlanStep } from '../agent/agent-provider.ts';
import { spoken } from './spoken-words.ts';

const MARKS = { pending: '○', active: '◐', done: '✓' } as const;

export class AgentWords {
  readonly #titles = new Map<string, string>();
  #plan = '';

  of(event: Exclude<AgentEvent, { type: 'finished' }>): string {
    switch (event.type) {
      case 'text':
        return event.text;
      case 'tool':
        this.#titles.set(event.call, event.title);
        return line(`› ${event.title}`);
      case 'tool_ended':
        return this.#ended(event.call, event.isError);
      case 'plan':
        return this.#changed(event.steps);
      case 'retrying':
        return line(`› ${spoken.retrying(event)}`);
    }
  }

  /** That all went well is seen by what comes next. */
  #ended(call: string, isError: boolean): string {
    const title = this.#titles.get(call);
    this.#titles.delete(call);
    return isError && title !== undefined ? line(`✗ ${title}`) : '';
  }

  #changed(steps: readonly PlanStep[]): string {
    const plan = steps.map(({ title, state }) => `${MARKS[state]} ${title}`).join('\n');
    if (plan === this.#plan) return '';
    this.#plan = plan;
    return line(plan);
  }
}

function line(text: string): string {
  return `\n${text}\n`;
}
