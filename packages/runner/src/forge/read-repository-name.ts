// Which repository a person means: `owner/name`, the address of a page of it, or what git would be given.

export type RepositoryName = { readonly owner: string; readonly repo: string };

/** `host` is where the forge has its pages. Undefined for what names none there. */
export function readRepositoryName(text: string, host: string): RepositoryName | undefined {
  const [, owner = '', repo = ''] = PATH.exec(pathIn(text.trim(), host) ?? '') ?? [];
  return owner === '' || /^\.+$/.test(repo) ? undefined : { owner, repo };
}

const PATH = /^([a-z\d][\w-]*)\/([\w.-]+?)(?:\.git)?\/?$/i;

function pathIn(text: string, host: string): string | undefined {
  const address = text.replace(/^[\w-]+@([\w.-]+):(?!\/)/, 'ssh://$1/');
  if (address.startsWith(`${host}/`)) return firstTwo(address.slice(host.length));
  if (!address.includes('://')) return address;
  // Whatever else stands in it, a credential included, is left behind.
  return URL.canParse(address) && new URL(address).host === host ? firstTwo(new URL(address).pathname) : undefined;
}

/** Of a page deep in a repository, such as one of its files. */
function firstTwo(path: string): string {
  return path.split('/').slice(1, 3).join('/');
}
