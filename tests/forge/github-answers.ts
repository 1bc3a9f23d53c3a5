// What the stand-in of GitHub answers to each call, in the shapes of GitHub's own examples.
import type { GithubDescription, Operation } from './github-description.ts';
import {
  fullNameOf,
  mayDo,
  maySee,
  type Caller,
  type GithubState,
  type StandInPull,
  type StandInRepository,
} from './github-state.ts';

export type Answer = { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> };

export type Asked = {
  readonly state: GithubState;
  readonly description: GithubDescription;
  readonly caller: Caller;
  readonly operation: Operation;
  readonly url: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
};

export function refusal(status: number, message: string, more: Partial<Answer> & { errors?: unknown } = {}): Answer {
  const { errors, headers = {} } = more;
  const body = { message, documentation_url: 'https://docs.github.com/rest', status: String(status) };
  return { status, headers, body: errors === undefined ? body : { ...body, errors } };
}

const NOT_FOUND = refusal(404, 'Not Found');
const NOT_ACCESSIBLE = refusal(403, 'Resource not accessible by integration');

export function answerTo(asked: Asked): Answer {
  switch (asked.operation.id) {
    case 'apps/create-installation-access-token':
      return makeToken(asked);
    case 'repos/list-for-org':
      return listRepositories(asked);
    case 'repos/create-in-org':
      return createRepository(asked, asked.operation.params['org'] ?? '');
    case 'repos/create-using-template':
      return createFromTemplate(asked);
    default:
      return answerAbout(asked);
  }
}

/** Everything that is about one repository. */
function answerAbout(asked: Asked): Answer {
  const { state, operation, caller } = asked;
  const { owner = '', repo = '' } = operation.params;
  const found = state.at(`${owner}/${repo}`);
  if (found === undefined || !maySee(caller, found)) return NOT_FOUND;
  if (found.signOnUrl !== undefined && caller.kind === 'user') {
    const message = 'Resource protected by organization SAML enforcement. You must grant your token access.';
    return refusal(403, message, { headers: { 'x-github-sso': `required; url=${found.signOnUrl}` } });
  }
  switch (operation.id) {
    case 'repos/get':
      return { status: 200, body: describeRepository(asked, found) };
    case 'git/get-ref':
      return getRef(asked, found);
    case 'pulls/list':
      return listPulls(asked, found);
    default:
      return found.isArchived ? refusal(403, 'Repository was archived so is read-only.') : change(asked, found);
  }
}

function change(asked: Asked, repository: StandInRepository): Answer {
  const { operation, caller, body } = asked;
  if (operation.id === 'pulls/create') return createPull(asked, repository);
  if (!mayDo(caller, 'administration') || !repository.mayPush) return NOT_ACCESSIBLE;
  if (operation.id === 'repos/update') {
    repository.description = String(body['description']);
    return { status: 200, body: describeRepository(asked, repository) };
  }
  repository.topics = body['names'] as string[];
  return { status: 200, body: { names: repository.topics } };
}

function makeToken({ state, description, body, operation, caller }: Asked): Answer {
  if (caller.kind !== 'app') return refusal(401, 'A JSON web token could not be decoded');
  if (operation.params['installation_id'] !== state.app.installationId) return NOT_FOUND;
  if (state.isSuspended) return refusal(403, 'This installation has been suspended');
  const repositoryIds = body['repository_ids'] as number[] | undefined;
  const wanted = (body['permissions'] ?? state.permissions) as Record<string, string>;
  const isMissing = (id: number): boolean => !state.repositories.some((one) => one.id === id && one.isInstalled);
  if (repositoryIds?.some(isMissing) === true) {
    return refusal(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  const isTooMuch = ([name, level]: [string, string]): boolean =>
    state.permissions[name] !== 'write' && state.permissions[name] !== level;
  if (Object.entries(wanted).some(isTooMuch)) {
    return refusal(422, 'The permissions requested are not granted to this installation.');
  }
  const permissions = { metadata: 'read', ...wanted };
  const { token, expiresAt } = state.grant({ permissions, ...(repositoryIds === undefined ? {} : { repositoryIds }) });
  const { repositories: _, ...example } = description.example('installation-token');
  return { status: 201, body: { ...example, token, permissions, expires_at: new Date(expiresAt).toISOString() } };
}

function listRepositories(asked: Asked): Answer {
  const { state, query, operation, url, caller, description } = asked;
  const org = operation.params['org'] ?? '';
  const [perPage, page] = [Number(query.get('per_page') ?? 30), Number(query.get('page') ?? 1)];
  const all = state.repositories.filter((one) => one.owner === org && maySee(caller, one)).toReversed();
  const example = description.example('minimal-repository-items');
  const shown = all.slice((page - 1) * perPage, page * perPage).map((one) => ({ ...example, ...fieldsOf(asked, one) }));
  const next = `<${url}/orgs/${org}/repos?type=all&per_page=${perPage}&page=${page + 1}>; rel="next"`;
  return { status: 200, body: shown, headers: page * perPage < all.length ? { link: next } : {} };
}

function createRepository(asked: Asked, owner: string, more: Partial<StandInRepository> = {}): Answer {
  const { state, body, caller } = asked;
  if (!mayDo(caller, 'administration')) return NOT_ACCESSIBLE;
  const name = String(body['name']);
  if (state.at(`${owner}/${name}`) !== undefined) {
    const error = {
      resource: 'Repository',
      code: 'custom',
      field: 'name',
      message: 'name already exists on this account',
    };
    return refusal(422, 'Repository creation failed.', { errors: [error] });
  }
  const branches = new Set(body['auto_init'] === true ? ['main'] : []);
  const text = body['description'];
  const description = typeof text === 'string' ? text : null;
  const made = state.add(`${owner}/${name}`, { branches, description, isPrivate: body['private'] === true, ...more });
  return { status: 201, body: describeRepository(asked, made) };
}

function createFromTemplate(asked: Asked): Answer {
  const { state, operation, body } = asked;
  const { template_owner: owner, template_repo: repo } = operation.params;
  const template = state.at(`${owner}/${repo}`);
  if (template === undefined || !template.isTemplate) return NOT_FOUND;
  const answer = createRepository(asked, String(body['owner']), {
    branches: new Set([template.defaultBranch]),
    defaultBranch: template.defaultBranch,
    looksUntilFilled: 2,
  });
  // Unlike the other way of making one it has its reasons as texts.
  const errors = ['Could not clone: Name already exists on this account'];
  return answer.status === 422 ? refusal(422, 'Unprocessable Entity', { errors }) : answer;
}

function getRef({ operation, description }: Asked, repository: StandInRepository): Answer {
  repository.looksUntilFilled -= 1;
  if (repository.looksUntilFilled >= 0) return refusal(409, 'Git Repository is empty.');
  const branch = decodeURIComponent(operation.params['ref'] ?? '').replace(/^heads\//, '');
  if (!repository.branches.has(branch)) return NOT_FOUND;
  return { status: 200, body: { ...description.example('git-ref'), ref: `refs/heads/${branch}` } };
}

function listPulls(asked: Asked, repository: StandInRepository): Answer {
  const [head, wanted] = [asked.query.get('head') ?? '', asked.query.get('state') ?? 'open'];
  const example = asked.description.example('pull-request-simple-items');
  const shown = repository.pulls
    .filter(({ state, branch }) => [state, 'all'].includes(wanted) && head === `${repository.owner}:${branch}`)
    .map((pull) => ({ ...example, requested_teams: [], ...pullFields(asked, repository, pull) }));
  return { status: 200, body: shown };
}

function createPull(asked: Asked, repository: StandInRepository): Answer {
  const { caller, body, description } = asked;
  if (!mayDo(caller, 'pull_requests')) return NOT_ACCESSIBLE;
  const [branch, base, title, text] = ['head', 'base', 'title', 'body'].map((name) => String(body[name])) as [
    string,
    string,
    string,
    string,
  ];
  const error = { resource: 'PullRequest', code: 'custom' };
  if (repository.pulls.some((pull) => pull.state === 'open' && pull.branch === branch)) {
    const message = `A pull request already exists for ${repository.owner}:${branch}.`;
    return refusal(422, 'Validation Failed', { errors: [{ ...error, message }] });
  }
  if (!repository.branches.has(branch)) {
    return refusal(422, 'Validation Failed', { errors: [{ resource: 'PullRequest', field: 'head', code: 'invalid' }] });
  }
  if (!repository.branches.has(base)) {
    return refusal(422, 'Validation Failed', { errors: [{ resource: 'PullRequest', field: 'base', code: 'invalid' }] });
  }
  if (branch === base) {
    const message = `No commits between ${base} and ${branch}`;
    return refusal(422, 'Validation Failed', { errors: [{ ...error, message }] });
  }
  const pull: StandInPull = { number: repository.pulls.length + 1, branch, base, title, body: text, state: 'open' };
  repository.pulls.push(pull);
  const example = { ...description.example('pull-request'), requested_teams: [] };
  return { status: 201, body: { ...example, ...pullFields(asked, repository, pull) } };
}

function pullFields({ url }: Asked, repository: StandInRepository, pull: StandInPull) {
  const { number, title, body, state } = pull;
  return { number, title, body, state, html_url: `${url}/${fullNameOf(repository)}/pull/${number}` };
}

function describeRepository(asked: Asked, repository: StandInRepository) {
  const {
    parent: _p,
    source: _s,
    template_repository: _t,
    organization: _o,
    ...example
  } = asked.description.example('full-repository');
  return { ...example, ...fieldsOf(asked, repository, example['owner'] as object) };
}

function fieldsOf({ url, caller, description }: Asked, repository: StandInRepository, owner?: object) {
  const { id, name, topics, description: text, isPrivate, isArchived, isFork, defaultBranch, mayPush } = repository;
  // Of an App it is all no, whatever the App may.
  const isUser = caller.kind === 'user';
  return {
    id,
    name,
    full_name: fullNameOf(repository),
    owner: { ...(owner ?? (description.example('full-repository')['owner'] as object)), login: repository.owner },
    private: isPrivate,
    description: text,
    fork: isFork,
    topics,
    archived: isArchived,
    default_branch: defaultBranch,
    html_url: `${url}/${fullNameOf(repository)}`,
    clone_url: repository.cloneUrl ?? `${url}/${fullNameOf(repository)}.git`,
    permissions: { admin: false, push: isUser && mayPush, pull: isUser },
  };
}
