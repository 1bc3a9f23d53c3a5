// The arguments of a call after they were judged: read by name and kind.
import { parseJson } from './slack-shapes.ts';

export class CallArguments {
  readonly #args: Record<string, unknown>;

  constructor(args: Record<string, unknown>) {
    this.#args = args;
  }

  /** '' where it is missing: what is required was checked before. */
  text(name: string): string {
    return this.optionalText(name) ?? '';
  }

  optionalText(name: string): string | undefined {
    const value = this.#args[name];
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#args[name];
    return typeof value === 'number' ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#args[name] === true;
  }

  list<T>(name: string): T[] {
    const value = this.#args[name];
    return Array.isArray(value) ? (value as T[]) : [];
  }

  /** An argument that carries JSON as text: `undefined` where it is missing, `null` where it is no JSON. */
  json(name: string): unknown {
    const text = this.optionalText(name);
    return text === undefined ? undefined : (parseJson(text) ?? null);
  }
}
