// Slack's own description of its methods and events, as a judge over what arrives and what the stand-in answers.
//
// Arguments: exactly the described ones, of the described types (a form carries text, so `true` and `3` count as what they spell).
// Answers: every key at the top is described or in an example of that method, everything required is there, and every value
// that an example also has, at any depth, has the type it has there. Keys further down that no example shows are allowed,
// since the examples are not complete. Errors are those of the method or the common ones.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { matchExamples } from './match-examples.ts';
import { COMMON_ANSWER_KEYS, COMMON_ERRORS, NAMED_SHAPES, PROSE_LIMITS, SEEN_ERRORS } from './schema-exceptions.ts';

type Json = Record<string, unknown>;
type Schema = Json & { properties?: Record<string, Schema>; anyOf?: Schema[]; type?: string | string[] };
type Description = {
  args: Schema;
  output?: Schema | null;
  errors?: Record<string, unknown>;
  examples?: Record<string, { example?: Json }>;
};
type EventDescription = { name: string; APIs: string[]; subtypes?: { name: string; APIs: string[] }[] };
type MethodShape = {
  args: Schema;
  judgeArgs: ValidateFunction;
  judgeOutput: ValidateFunction;
  keys: Set<string>;
  errors: Set<string>;
  examples: Json[];
};

const API_REF = new URL('api-ref/', import.meta.url);

export class SlackShapes {
  // The descriptions carry words of their own (`subtype`, `desc`), which are no part of JSON Schema.
  readonly #ajv = new Ajv({ strict: false, allErrors: true });
  readonly #methods = new Map<string, MethodShape>();
  readonly #events = readJson('events.json') as EventDescription[];

  /** A form's fields as the types they are described with, and what is wrong with them. */
  readArguments(method: string, form: Record<string, string>): { args: Json; faults: string[] } {
    const shape = this.#method(method);
    const args = Object.fromEntries(
      Object.entries(form).map(([name, text]) => [name, readField(text, shape.args.properties?.[name])]),
    );
    return { args, faults: judge(shape.judgeArgs, args) };
  }

  checkAnswer(method: string, answer: Json): string[] {
    const shape = this.#method(method);
    const strange = Object.keys(answer).filter((key) => !shape.keys.has(key));
    const faults = strange.map((key) => `/${key} is in no description or example`);
    if (answer['ok'] === true) {
      return [...faults, ...judge(shape.judgeOutput, answer), ...matchExamples(answer, shape.examples)];
    }
    const error = answer['error'];
    return typeof error === 'string' && shape.errors.has(error)
      ? faults
      : [...faults, `/error ${String(error)} is not an error of ${method}`];
  }

  checkEvent(event: Json): string[] {
    const { type, subtype, channel_type: kind } = event as { type: string; subtype?: string; channel_type?: string };
    const names = type === 'message' ? ['message', kind === 'im' ? 'message.im' : 'message.channels'] : [type];
    const strange = names.filter(
      (name) => !this.#events.some((known) => known.name === name && known.APIs.includes('Events')),
    );
    const subtypes = this.#events.find((known) => known.name === type)?.subtypes ?? [];
    const isStrangeSubtype =
      subtype !== undefined && !subtypes.some((known) => known.name === subtype && known.APIs.includes('Events'));
    return [...strange.map((name) => `no event ${name}`), ...(isStrangeSubtype ? [`no subtype ${subtype}`] : [])];
  }

  #method(method: string): MethodShape {
    const shape = this.#methods.get(method) ?? this.#compile(method);
    this.#methods.set(method, shape);
    return shape;
  }

  #compile(method: string): MethodShape {
    const description = readJson(`methods/${method}.json`) as Description;
    const args = resolveNames(limitProse(description.args, PROSE_LIMITS[method] ?? {})) as Schema;
    const output = resolveNames(description.output ?? {}) as Schema;
    const examples = Object.values(description.examples ?? {}).flatMap(({ example }) =>
      example?.['ok'] === true ? [example] : [],
    );
    const described = [output, ...(output.anyOf ?? [])].flatMap((branch) => Object.keys(branch.properties ?? {}));
    return {
      args,
      judgeArgs: this.#ajv.compile({ ...args, additionalProperties: false }),
      judgeOutput: this.#ajv.compile(output),
      keys: new Set([...described, ...examples.flatMap((example) => Object.keys(example)), ...COMMON_ANSWER_KEYS]),
      errors: new Set([...Object.keys(description.errors ?? {}), ...(SEEN_ERRORS[method] ?? []), ...COMMON_ERRORS]),
      examples,
    };
  }
}

function judge(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) =>
    `${error.instancePath} ${error.message ?? error.keyword} ${JSON.stringify(error.params)}`.trim(),
  );
}

/** A form knows only text: what is described as something else is read as that, and left as text where it cannot be. */
function readField(text: string, schema: Schema | undefined): unknown {
  const types = [schema, ...(schema?.anyOf ?? [])].flatMap((branch) => branch?.type ?? []);
  if (types.includes('boolean') && /^(true|false|0|1)$/.test(text)) return text === 'true' || text === '1';
  if ((types.includes('number') || types.includes('integer')) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (types.includes('array') || types.includes('object')) return parseJson(text) ?? text;
  return text;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function limitProse(args: Schema, limits: Record<string, object>): Schema {
  const limited = Object.entries(args.properties ?? {}).map(([name, schema]): [string, Schema] => [
    name,
    { ...schema, ...limits[name] },
  ]);
  return { ...args, properties: Object.fromEntries(limited) };
}

/** Puts the shape where a description has only its name. Its `oneOf` lists alternatives that overlap, so it is read as `anyOf`. */
function resolveNames(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(resolveNames);
  if (typeof node !== 'object' || node === null) return node;
  const { schema, ...rest } = node as Json;
  if (typeof schema !== 'string') {
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key === 'oneOf' ? 'anyOf' : key, resolveNames(value)]),
    );
  }
  const named = NAMED_SHAPES[schema];
  if (named === undefined) throw new Error(`Slack's descriptions name a shape that nobody described: ${schema}`);
  return { ...rest, ...named };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, API_REF), 'utf8'));
}
