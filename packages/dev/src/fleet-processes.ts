// The ingresses and launchers of a local fleet, as processes with exactly the settings they need.
import { join } from 'node:path';
import { freePort } from '@runnel/shared/process';
import { startChild, type Child } from './start-child.ts';
import { untilReady } from './until-ready.ts';

export type FleetPrograms = { readonly ingress: string; readonly launcher: string };

export type FleetProcessOptions = {
  readonly logs: string;
  /** The files that are run. */
  readonly programs: FleetPrograms;
  /** What all of them get. */
  readonly environment: NodeJS.ProcessEnv;
  /** What the person who starts the fleet wants otherwise; wins over what is ours. */
  readonly settings: NodeJS.ProcessEnv;
  readonly ingress: NodeJS.ProcessEnv;
  readonly launcher: NodeJS.ProcessEnv;
  /** The first ingress serves the dashboard here. */
  readonly dashboardPort: number;
  readonly onStart: (pid: number) => void;
};

export class FleetProcesses {
  readonly ingresses: Child[] = [];
  readonly launchers: Child[] = [];
  readonly #options: FleetProcessOptions;

  constructor(options: FleetProcessOptions) {
    this.#options = options;
  }

  /** Resolves when it is ready: Redis and Slack answer it. */
  async startIngress(): Promise<Child> {
    const port = this.ingresses.length === 0 ? this.#options.dashboardPort : await freePort();
    const child = await this.#start('ingress', { ...this.#options.ingress, HTTP_PORT: String(port) });
    await untilReady(child, `http://127.0.0.1:${port}/readyz`);
    return child;
  }

  /** `changed`: settings in which it differs from the ones before. */
  async startLauncher(changed: NodeJS.ProcessEnv = {}): Promise<Child> {
    // Any number of them on one machine.
    return this.#start('launcher', { ...this.#options.launcher, HTTP_PORT: '0' }, changed);
  }

  all(): Child[] {
    return [...this.ingresses, ...this.launchers];
  }

  async end(graceMs: number): Promise<void> {
    await Promise.all(this.all().map((child) => child.end(graceMs)));
  }

  kill(): void {
    for (const child of this.all()) child.kill();
  }

  async #start(name: 'ingress' | 'launcher', own: NodeJS.ProcessEnv, changed: NodeJS.ProcessEnv = {}): Promise<Child> {
    const { environment, settings, logs, programs, onStart } = this.#options;
    const started = name === 'ingress' ? this.ingresses : this.launchers;
    const child = await startChild({
      name,
      command: process.execPath,
      args: [programs[name]],
      env: { ...environment, ...own, ...settings, ...changed },
      logFile: join(logs, `${name}${started.length === 0 ? '' : `-${started.length + 1}`}.log`),
    });
    onStart(child.pid);
    started.push(child);
    return child;
  }
}
