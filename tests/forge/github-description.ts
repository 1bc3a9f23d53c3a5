// GitHub's published description of its API, as far as the stand-in plays it: what it says of requests and answers, and its examples.
// Read once a worker, and only what is used: the whole of it takes minutes to compile.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { OpenAPIBackend, type Document, type Request } from 'openapi-backend';

const require = createRequire(import.meta.url);

/** What is played. */
const OPERATIONS: Record<string, readonly string[]> = {
  '/app/installations/{installation_id}/access_tokens': ['post'],
  '/orgs/{org}/repos': ['get', 'post'],
  '/repos/{owner}/{repo}': ['get', 'patch'],
  '/repos/{owner}/{repo}/git/ref/{ref}': ['get'],
  '/repos/{owner}/{repo}/pulls': ['get', 'post'],
  '/repos/{owner}/{repo}/topics': ['put'],
  '/repos/{template_owner}/{template_repo}/generate': ['post'],
};

/** Any call may get them, described or not. https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api */
const COMMON_STATUSES = [301, 307, 401, 403, 404, 429, 500, 502, 503];

/** Seen, and not described: "Could not clone: Name already exists on this account". */
const SEEN_STATUSES: Record<string, readonly number[]> = { 'repos/create-using-template': [422] };

/** Required by the descriptions, and missing in their own examples. */
const MISSING_IN_EXAMPLES = { has_discussions: false, language: null };

type Json = Record<string, unknown>;
export type Operation = { readonly id: string; readonly params: Readonly<Record<string, string>> };
export type Answered = { readonly operation: string; readonly status: number; readonly body: unknown };

export type GithubDescription = {
  /** Undefined for what is not played. */
  find(request: Request): Operation | undefined;
  /** What the description has against it. */
  faultsOfRequest(request: Request): string[];
  faultsOfAnswer(answered: Answered): string[];
  /** A fresh one, as the description shows it; of a list its first. */
  example(name: string): Json;
};

let described: Promise<GithubDescription> | undefined;

export function githubDescription(): Promise<GithubDescription> {
  described ??= describe();
  return described;
}

async function describe(): Promise<GithubDescription> {
  const file = require.resolve('@octokit/openapi/generated/api.github.com.json');
  const whole = JSON.parse(await readFile(file, 'utf8')) as Json;
  const definition = usedOf(whole) as unknown as Document;
  const quiet = { strict: false, logger: false, allErrors: false, formats: FORMATS } as const;
  const api = new OpenAPIBackend({ definition, quick: true, ajvOpts: quiet });
  await api.init();
  const components = whole['components'] as Record<'schemas' | 'examples', Record<string, Json>>;
  const isError = new Ajv(quiet).compile({ ...components.schemas['basic-error'], required: ['message'] });
  return {
    find(request) {
      const operation = api.matchOperation(request);
      if (operation?.operationId === undefined) return undefined;
      const { params } = api.router.parseRequest(request, operation) as { params: Record<string, string> };
      return { id: operation.operationId, params };
    },
    faultsOfRequest: (request) => faultsIn(api.validateRequest(request).errors),
    faultsOfAnswer({ operation, status, body }) {
      const { responses = {} } = api.getOperation(operation) ?? {};
      if (String(status) in responses) return faultsIn(api.validateResponse(body, operation, status).errors);
      const isKnown = [...COMMON_STATUSES, ...(SEEN_STATUSES[operation] ?? [])].includes(status);
      if (!isKnown) return [`${operation} never answers ${status}`];
      return isError(body) ? [] : faultsIn(isError.errors);
    },
    example(name) {
      const value = structuredClone(components.examples[name]?.['value']);
      return { ...(Array.isArray(value) ? (value[0] as Json) : (value as Json)), ...MISSING_IN_EXAMPLES };
    },
  };
}

const FORMATS = {
  uri: (text: string) => URL.canParse(text),
  'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
};

/** The operations, and all that they refer to. */
function usedOf(whole: Json): Json {
  const paths: Record<string, Json> = {};
  for (const [path, methods] of Object.entries(OPERATIONS)) {
    const all = (whole['paths'] as Record<string, Json>)[path] ?? {};
    paths[path] = Object.fromEntries(methods.map((method) => [method, all[method]]));
  }
  const components: Record<string, Json> = {};
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    Object.values(value).forEach(visit);
    const [, , kind = '', name = ''] = '$ref' in value ? String(value.$ref).split('/') : [];
    const found = (whole['components'] as Record<string, Json>)[kind]?.[name];
    const kept = (components[kind] ??= {});
    if (found === undefined || name in kept) return;
    kept[name] = found;
    visit(found);
  };
  visit(paths);
  delete components[''];
  return { openapi: whole['openapi'], info: whole['info'], paths, components };
}

function faultsIn(errors: readonly { instancePath?: string; message?: string }[] | null | undefined): string[] {
  return (errors ?? []).map(({ instancePath = '', message = '' }) => `${instancePath} ${message}`.trim());
}
