// Runnel on one machine, in one terminal.
//
//   data folder -> Redis -> Slack stand-in + chat page -> ingress -> launcher -> link ; Ctrl-C -> drain -> end
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepConversations, loadConversations } from './conversations.ts';
import { isRunRecord, openDataFolder, type DataFolder, type RunRecord } from './data-folder.ts';
import { startLocalFleet } from './local-fleet.ts';
import { openPage } from './page-client.ts';
import { passedOnSettings } from './passed-on-settings.ts';
import { readArguments, usage, type Arguments } from './read-arguments.ts';
import { sayOnce, type Terminal } from './say-once.ts';
import { sayWhoWorks } from './say-who-works.ts';

const DEFAULT_FOLDER = fileURLToPath(new URL('../../../.runnel', import.meta.url));

const terminal: Terminal = {
  say: (text) => process.stdout.write(`${text}\n`),
  hint: (text) => process.stderr.write(`  ${text}\n`),
};

async function main(): Promise<number> {
  const wanted = readArguments(process.argv.slice(2));
  if (wanted.kind === 'help') {
    terminal.say(usage);
    return 0;
  }
  const root = resolve(process.env['RUNNEL_DATA'] ?? DEFAULT_FOLDER);
  const folder = await openDataFolder(root);
  if (isRunRecord(folder)) return joinRun(folder, wanted);
  try {
    return await runFleet(root, folder, wanted);
  } finally {
    await folder.unlock();
  }
}

/** Another one has the folder: speak to that. */
async function joinRun(run: RunRecord, wanted: Exclude<Arguments, { kind: 'help' }>): Promise<number> {
  if (run.link === undefined) {
    throw new Error(`Another npm start (pid ${run.owner.pid}) is just starting; try again in a moment.`);
  }
  if (wanted.repository !== undefined) {
    throw new Error(`Runnel is running already (pid ${run.owner.pid}), on other repositories: end it first.`);
  }
  if (wanted.kind === 'say') await sayOnce(await openPage(run.link), wanted.text, terminal);
  else terminal.say(`Runnel is running already (pid ${run.owner.pid}): ${run.link}`);
  return 0;
}

async function runFleet(
  root: string,
  folder: DataFolder,
  wanted: Exclude<Arguments, { kind: 'help' }>,
): Promise<number> {
  const workspace = loadConversations(folder.conversations);
  const interruption = listenForInterruptions();
  const redisUrl = process.env['REDIS_URL'] ?? '';
  const { PATH, HOME, LANG = 'C.UTF-8', NODE_COMPILE_CACHE = '' } = process.env;
  const fleet = await startLocalFleet({
    folder,
    workspace,
    repository: wanted.repository,
    environment: { PATH, HOME, LANG, NODE_COMPILE_CACHE },
    settings: passedOnSettings(process.env),
    redis: redisUrl === '' ? { program: process.env['REDIS_SERVER'] ?? 'redis-server' } : { url: redisUrl },
    onStart: (pid) => folder.remember(pid),
  });
  interruption.onSecond(() => fleet.kill());
  folder.publish(fleet.link);
  const keeper = keepConversations(workspace, folder.conversations);
  try {
    const over = Promise.race([fleet.broken, interruption.first]);
    // It may come before anybody waits for it.
    over.catch(() => undefined);
    if (wanted.kind === 'say') {
      await Promise.race([sayOnce(await openPage(fleet.link), wanted.text, terminal), over]);
    } else {
      terminal.say(`Runnel is ready: ${fleet.link}`);
      for (const hint of sayWhoWorks(process.env)) terminal.hint(hint);
      terminal.hint(`Ctrl-C saves and ends it. Logs: ${join(root, 'logs')}`);
      await over;
    }
    return 0;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return wanted.kind === 'say' ? 1 : 0;
  } finally {
    await fleet.end();
    keeper.stop();
    keeper.saveNow();
  }
}

class Interrupted extends Error {}

type Interruption = { readonly first: Promise<never>; readonly onSecond: (kill: () => Promise<void>) => void };

/** The first Ctrl-C rejects `first`; the second one kills and exits. */
function listenForInterruptions(): Interruption {
  let kill = async (): Promise<void> => undefined;
  const first = new Promise<never>((_, reject) => {
    let count = 0;
    const onSignal = (): void => {
      count += 1;
      if (count > 1) void kill().finally(() => process.exit(130));
      else {
        terminal.hint('Saving and ending; Ctrl-C again ends at once.');
        reject(new Interrupted());
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
  first.catch(() => undefined);
  return { first, onSecond: (given) => (kill = given) };
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
