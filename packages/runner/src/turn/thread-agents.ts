// Which agent is at work in which thread.
import type { SessionKey } from '@runnel/shared';
import type { AgentProvider } from '../agent/agent-provider.ts';
import type { AgentRegistry } from '../agent/agent-registry.ts';
import type { ManifestWriter } from '../store/manifest-writer.ts';
import type { Chosen } from '../store/session-store.ts';
import { readRepositorySettings } from '../workspace/repository-settings.ts';
import { decideAgent, type AgentDecision } from './decide-agent.ts';

export type ChosenAgent = AgentDecision & { readonly provider: AgentProvider };

export class ThreadAgents {
  readonly #registry: AgentRegistry;
  readonly #manifest: Pick<ManifestWriter, 'session' | 'chosen'>;
  /** Who had a turn there in this life, the last one last. */
  readonly #worked = new Map<SessionKey, AgentProvider[]>();
  /** Of threads that no manifest has yet. */
  readonly #begun = new Map<SessionKey, Chosen>();

  constructor(registry: AgentRegistry, manifest: Pick<ManifestWriter, 'session' | 'chosen'>) {
    this.#registry = registry;
    this.#manifest = manifest;
  }

  get names(): readonly string[] {
    return this.#registry.names;
  }

  /** Who has the turn that runs there, or had the last one in this life. */
  atWork(session: SessionKey): AgentProvider | undefined {
    return this.#worked.get(session)?.at(-1);
  }

  /** Whether something of an agent may run there between turns. */
  isQuiet(session: SessionKey): boolean {
    return this.#worked.get(session)?.some(({ staysRunning }) => staysRunning === true) !== true;
  }

  /** For the manifest. */
  nameOf(session: SessionKey): string {
    const { names } = this.#registry;
    return this.atWork(session)?.name ?? this.#manifest.session(session)?.provider ?? names[0] ?? '';
  }

  /** What the person wants there: what they wanted of their threads when it began, and what they said in it since. */
  chosenIn(session: SessionKey): Chosen {
    return this.#manifest.session(session)?.chosen ?? this.#begun.get(session) ?? this.#manifest.chosen ?? {};
  }

  /** Without a checkout there is no repository to ask. */
  async decide(session: SessionKey, checkout: string | undefined): Promise<AgentDecision> {
    const read = checkout === undefined ? undefined : await readRepositorySettings(checkout, this.names);
    return decideAgent({ names: this.names, person: this.chosenIn(session), repository: read?.settings ?? {} });
  }

  /** Who has the thread's next turn; from now on it is at work there. */
  async choose(session: SessionKey, checkout: string | undefined): Promise<ChosenAgent> {
    const decision = await this.decide(session, checkout);
    this.#begun.set(session, this.chosenIn(session));
    const provider = await this.#registry.open(decision.name);
    const others = this.#worked.get(session)?.filter((one) => one !== provider) ?? [];
    this.#worked.set(session, [...others, provider]);
    return { ...decision, provider };
  }

  /** What agents of this life hold of a thread beside its state goes. */
  async forget(session: SessionKey): Promise<void> {
    for (const provider of this.#worked.get(session) ?? []) await provider.forget?.(session);
  }

  open(name: string): Promise<AgentProvider> {
    return this.#registry.open(name);
  }
}
