// A stand-in of GitHub: its API, and git behind it. Every request to the API and every answer of it is held against GitHub's
// own description: what does not fit stands in `violations`.
import { verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GIT_REQUEST } from '@runnel/dev';
import { answerTo, refusal, type Answer } from './github-answers.ts';
import { githubDescription, type GithubDescription, type Operation } from './github-description.ts';
import { GithubGit } from './github-git.ts';
import { fullNameOf, GithubState, type Caller } from './github-state.ts';

export type GithubCall = {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  readonly body: Record<string, unknown>;
  readonly authorization: string;
};

export type Treatment =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly message: string;
      readonly headers?: Record<string, string>;
    }
  /** It is done, and nobody hears that it is. */
  | { readonly kind: 'lose' }
  /** Half of the answer comes. */
  | { readonly kind: 'cut' }
  /** Nothing comes. */
  | { readonly kind: 'hang' }
  /** Somebody else answers. */
  | { readonly kind: 'page' };

type Taken = {
  readonly url: URL;
  /** The path as it is now, of one by an old name. */
  readonly moved: string | undefined;
  readonly operation: Operation | undefined;
  readonly call: GithubCall;
};

type Treat = (call: GithubCall) => Treatment | undefined | Promise<Treatment | undefined>;

export class GithubStandIn implements AsyncDisposable {
  readonly state = new GithubState();
  readonly git = new GithubGit(this.state);
  readonly calls: GithubCall[] = [];
  readonly violations: string[] = [];
  /** Decides about each call from now on; undefined lets it pass. */
  treat: Treat = () => undefined;
  url = '';
  readonly #description: GithubDescription;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      this.violations.push(`the stand-in failed: ${String(error)}`);
      response.destroy();
    });
  });

  constructor(description: GithubDescription) {
    this.#description = description;
  }

  static async start(): Promise<GithubStandIn> {
    const standIn = new GithubStandIn(await githubDescription());
    standIn.#server.listen(0, '127.0.0.1');
    await once(standIn.#server, 'listening');
    standIn.url = `http://127.0.0.1:${(standIn.#server.address() as AddressInfo).port}`;
    return standIn;
  }

  /** How often it was called so. */
  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
    await this.git[Symbol.asyncDispose]();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, href } = new URL(request.url ?? '/', this.url);
    if (/gh[ps]_/.test(href)) this.violations.push(`a token stands in the address of ${pathname}`);
    if (GIT_REQUEST.test(pathname)) return this.git.serve(request, response);
    await this.git.settled();
    const taken = await this.#take(request);
    const { call } = taken;
    const treatment = await this.treat(call);
    if (treatment?.kind === 'hang') return;
    if (treatment?.kind === 'page') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    const answer = refusalIn(treatment) ?? this.#answer(taken);
    const { status, body } = answer;
    this.#hold(`${status} to ${call.operation}`, this.#description.faultsOfAnswer({ ...call, status, body }));
    send(response, answer, treatment);
  }

  async #take(request: IncomingMessage): Promise<Taken> {
    const url = new URL(request.url ?? '/', this.url);
    const moved = this.#movedTo(url);
    // The description knows no address of a repository by its id, to which GitHub sends whoever comes by an old name.
    const asked = await readRequest(request, url, moved ?? this.#byId(url.pathname));
    const { method, path, body = {} } = asked;
    const operation = this.#description.find(asked);
    const authorization = String(request.headers.authorization);
    const call = { method, path: url.pathname, operation: operation?.id ?? '', body, authorization };
    this.calls.push(call);
    this.#hold(`${method} ${path}`, operation ? this.#description.faultsOfRequest(asked) : ['it is not played']);
    return { url, moved, operation, call };
  }

  #answer({ url, moved, operation, call }: Taken): Answer {
    const caller = this.#caller(call.authorization);
    if (caller === undefined) return refusal(401, 'Bad credentials');
    if (operation === undefined) return refusal(404, 'Not Found');
    if (moved !== undefined) return this.#redirect(url, call.method);
    const { state } = this;
    const about = { state, description: this.#description, caller, operation, url: this.url };
    return answerTo({ ...about, query: url.searchParams, body: call.body });
  }

  #redirect({ pathname, search }: URL, method: string): Answer {
    const [, , owner = '', name = '', ...rest] = pathname.split('/');
    const id = this.state.onceAt(`${owner}/${name}`)?.id ?? 0;
    const location = `${[this.url, 'repositories', id, ...rest].join('/')}${search}`;
    return refusal(method === 'GET' ? 301 : 307, 'Moved Permanently', { headers: { location } });
  }

  /** The path as it is now, of one by a name that leads elsewhere. */
  #movedTo({ pathname }: URL): string | undefined {
    const [, owner = '', name = '', rest = ''] = /^\/repos\/([^/]+)\/([^/]+)(.*)$/.exec(pathname) ?? [];
    const fullName = `${owner}/${name}`;
    const found = this.state.at(fullName) === undefined ? this.state.onceAt(fullName) : undefined;
    return found && `/repos/${fullNameOf(found)}${rest}`;
  }

  #byId(path: string): string {
    const [, id, rest = ''] = /^\/repositories\/(\d+)(.*)$/.exec(path) ?? [];
    const found = this.state.repositories.find((one) => String(one.id) === id);
    return found === undefined ? path : `/repos/${fullNameOf(found)}${rest}`;
  }

  #caller(authorization: string): Caller | undefined {
    const [, token = ''] = /^(?:token|bearer) (.+)$/i.exec(authorization) ?? [];
    return this.state.callerWith(token) ?? (this.#isApp(token) ? { kind: 'app' } : undefined);
  }

  #isApp(token: string): boolean {
    const [head = '', claims = '', signature = ''] = token.split('.');
    if (signature === '') return false;
    const { iss, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss: string; exp: number };
    const signed = Buffer.from(`${head}.${claims}`);
    const isSigned = verify('RSA-SHA256', signed, this.state.appPublicKey, Buffer.from(signature, 'base64url'));
    return isSigned && iss === this.state.app.appId && exp * 1_000 > Date.now();
  }

  #hold(what: string, faults: readonly string[]): void {
    this.violations.push(...faults.map((fault) => `${what}: ${fault}`));
  }
}

async function readRequest(request: IncomingMessage, { searchParams }: URL, path: string) {
  const said = await text(request);
  const headers = request.headers as Record<string, string>;
  const asked = { method: request.method ?? 'GET', path, headers, query: Object.fromEntries(searchParams) };
  return said === '' ? { ...asked, body: undefined } : { ...asked, body: JSON.parse(said) as Record<string, unknown> };
}

function refusalIn(treatment: Treatment | undefined): Answer | undefined {
  if (treatment?.kind !== 'answer') return undefined;
  const { status, message, headers = {} } = treatment;
  return refusal(status, message, { headers });
}

function send(
  response: ServerResponse,
  { status, body, headers = {} }: Answer,
  treatment: Treatment | undefined,
): void {
  if (treatment?.kind === 'lose') return void response.destroy();
  const json = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': json.length,
    ...headers,
  });
  if (treatment?.kind !== 'cut') return void response.end(json);
  response.write(json.subarray(0, json.length / 2), () => response.destroy());
}
