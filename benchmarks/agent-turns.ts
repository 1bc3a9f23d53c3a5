// What each agent's first words take behind Runnel and by its bare program, on the same model; and what the runner weighs beside it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProcess } from '@runnel/images';
import { openAgentRunner, type MeasuredTurn } from './agents/agent-runner.ts';
import { findPrograms } from './agents/find-programs.ts';
import { measuredAgents, type MeasuredAgent } from './agents/measured-agents.ts';
import { startScriptedModel } from './agents/scripted-model.ts';
import { startBare, type Measured } from './agents/start-bare.ts';
import { percentile, round, type Benchmark, type Figure } from './figure.ts';

const ROUNDS = 5;

/** By itself about three minutes. */
export const agentTurns: Benchmark = {
  name: 'agents',
  isLong: true,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'runnel-agents-'));
    try {
      const programs = await findPrograms();
      const main = await bundleProcess('runner', join(folder, 'bundle'));
      const figures: Figure[] = [];
      for (const agent of measuredAgents) {
        figures.push(...(await measure(agent, { program: programs[agent.name], main, folder })));
      }
      return figures;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

type Place = { readonly program: string; readonly main: string; readonly folder: string };
type Rounds = { readonly bare: Measured[]; readonly asleep: MeasuredTurn[]; readonly awake: MeasuredTurn[] };

async function measure(agent: MeasuredAgent, { program, main, folder }: Place): Promise<Figure[]> {
  const model = await startScriptedModel(agent.call);
  try {
    const setting = `${agent.name.toUpperCase()}_PROGRAM`;
    const settings = { AGENT_PROVIDER: agent.name, [setting]: program, ...agent.settings(model.url) };
    await using runner = await openAgentRunner({ main, settings, model });
    const home = join(folder, agent.name);
    const rounds: Rounds = { bare: [], asleep: [], awake: [] };
    // The first one is thrown away: programs are read from the disk, and a new home is made ready.
    for (let n = 0; n <= ROUNDS; n += 1) {
      const bare = await startBare({ ...agent.bare(model.url, home), program, home, model });
      const asleep = await runner.say();
      const awake = await runner.say();
      await runner.sleep();
      if (n === 0) continue;
      rounds.bare.push(bare);
      rounds.asleep.push(asleep);
      rounds.awake.push(awake);
    }
    return report(agent, rounds);
  } finally {
    await model.stop();
  }
}

function report({ title }: MeasuredAgent, { bare, asleep, awake }: Rounds): Figure[] {
  const goal = { text: 'none', met: true };
  const floor = { name: 'its bare program, p50', value: median(bare, ({ words }) => words) };
  const untilAsked = (rounds: readonly Measured[]): number => median(rounds, ({ asked }) => asked);
  const words = (name: string, rounds: readonly MeasuredTurn[]): Figure => ({
    name: `message to the first words of ${title}, the runner ${name}, p50`,
    value: median(rounds, (one) => one.words),
    unit: 'ms',
    floor,
    goal,
    detail: `its model was asked after ${untilAsked(rounds)} ms, by the bare program after ${untilAsked(bare)}`,
  });
  const all = [...asleep, ...awake];
  return [
    words('asleep', asleep),
    words('awake', awake),
    {
      name: `memory of the runner beside ${title} at work, p50`,
      value: median(all, ({ runner }) => runner.pss),
      unit: 'MB',
      floor: { name: 'the agent and what it runs', value: median(all, ({ agent }) => agent.pss) },
      goal,
      detail: `resident ${median(all, ({ runner }) => runner.rss)} MB beside ${median(all, ({ agent }) => agent.rss)}`,
    },
    {
      name: `memory of ${title} and what it runs, p50`,
      value: median(all, ({ agent }) => agent.pss),
      unit: 'MB',
      floor: { name: 'its bare program', value: median(bare, ({ agent }) => agent.pss) },
      goal,
    },
    {
      name: `uploaded for a first turn of ${title}, which was stopped, p50`,
      value: round(
        percentile(
          all.map(({ uploaded }) => uploaded),
          0.5,
        ) / 1_000,
        1,
      ),
      unit: 'KB',
      goal,
    },
  ];
}

function median<T>(rounds: readonly T[], of: (one: T) => number): number {
  return round(percentile(rounds.map(of), 0.5), 0);
}
