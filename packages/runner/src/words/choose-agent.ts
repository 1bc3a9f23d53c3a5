// Stage: `agent` and `model`, which say who works in a thread, or change it. Said before anything was done in a thread it is for all that
// the person begins from then on.
import { inCode, titleOf, type SessionKey } from '@runnel/shared';
import type { AgentDecision } from '../turn/decide-agent.ts';
import { lookUpAgent } from '../turn/look-up-agent.ts';
import type { TurnParts } from '../turn/turn-parts.ts';
import { MODEL_NAME } from '../workspace/repository-settings.ts';
import { hasBegun } from './has-begun.ts';
import { DEFAULT, keepChoice } from './keep-choice.ts';
import type { ChoosingWord } from './read-word.ts';

type ChoosingParts = Pick<TurnParts, 'agents' | 'manifest' | 'files' | 'workspaces'>;

type Asking = { readonly session: SessionKey; readonly cancel: AbortSignal };

/** Resolves to what the person is told. Done twice it comes to the same. */
export async function chooseAgent(
  parts: ChoosingParts,
  { name, value }: ChoosingWord,
  asking: Asking,
): Promise<string> {
  if (name === 'agent') return value === undefined ? tellAgent(parts, asking) : setAgent(parts, asking, value);
  return value === undefined ? tellModel(parts, asking) : setModel(parts, asking, value);
}

async function setAgent(parts: ChoosingParts, asking: Asking, agent: string): Promise<string> {
  const { names } = parts.agents;
  if (agent !== DEFAULT && !names.includes(agent)) {
    return `There is no agent called ${inCode(titleOf(agent))} here. There is: ${listed(names)}.`;
  }
  const wanted = agent === DEFAULT ? undefined : agent;
  const where = await keepChoice(parts, about(parts, asking), (chosen) => ({ ...chosen, agent: wanted }));
  const { name } = await lookUpAgent(parts, asking);
  if (where === 'threads') return `${inCode(name)} works in this thread, and in those that you begin from now on.`;
  const told = (await parts.agents.open(name)).readsHistory === true ? ', and it is told what was said here' : '';
  return `With your next message ${inCode(name)} goes on in this thread. The files stay${told}.`;
}

async function setModel(parts: ChoosingParts, asking: Asking, model: string): Promise<string> {
  const { name } = await lookUpAgent(parts, asking);
  if ((await parts.agents.open(name)).takesModel !== true) return noModel(name);
  if (!MODEL_NAME.test(model)) {
    return `${inCode(titleOf(model))} is no name of a model. For example \`model claude-sonnet-4-5\`.`;
  }
  const wanted = model === DEFAULT ? undefined : { of: name, name: model };
  const where = await keepChoice(parts, about(parts, asking), (chosen) => ({ ...chosen, model: wanted }));
  const scope = where === 'threads' ? 'in this thread, and in those that you begin from now on' : 'in this thread';
  if (wanted === undefined) {
    const byItself = await lookUpAgent(parts, asking);
    return `${inCode(name)} ${sayModel(byItself.model)} again, ${scope}.`;
  }
  return `With your next message ${inCode(name)} asks ${inCode(model)}, ${scope}. Whether there is such a model it then finds out.`;
}

async function tellAgent(parts: ChoosingParts, asking: Asking): Promise<string> {
  const { name, by } = await lookUpAgent(parts, asking);
  const { names } = parts.agents;
  const other = names.find((one) => one !== name);
  const change =
    other === undefined
      ? 'There is no other one here.'
      : `There is: ${listed(names)}. ${inCode(`agent ${other}`)} changes it.`;
  return `${inCode(name)} works in this thread${BECAUSE[by]}. ${change}`;
}

async function tellModel(parts: ChoosingParts, asking: Asking): Promise<string> {
  const { name, model } = await lookUpAgent(parts, asking);
  if ((await parts.agents.open(name)).takesModel !== true) return noModel(name);
  return `${inCode(name)} ${sayModel(model)} in this thread. \`model NAME\` changes it, \`model default\` takes that back.`;
}

const BECAUSE: Readonly<Record<AgentDecision['by'], string>> = {
  person: ', as you chose',
  repository: ', as its repository asks for in `.runnel.yml`',
  fleet: '',
};

function sayModel(model: string | undefined): string {
  return model === undefined ? 'has the model that it has by itself' : `asks ${inCode(model)}`;
}

function noModel(name: string): string {
  return `${inCode(name)} has no model to choose.`;
}

function about(parts: ChoosingParts, { session }: Asking): { session: SessionKey; isBegun: boolean } {
  return { session, isBegun: hasBegun(parts, session) };
}

function listed(names: readonly string[]): string {
  return names.map((name) => inCode(name)).join(', ');
}
