// Settings of a runner that say where people have repositories.
import { githubOptions } from './github-options.ts';
import { option } from './option.ts';

export const forgeOptions = {
  forge: option.choice(['none', 'folder', 'github'], {
    env: 'FORGE',
    description:
      'Where people have repositories: `folder` is the one of `npm start`, `github` is GitHub; with `none` each thread begins in an empty folder. See `docs/workspace.md`.',
    example: 'github',
    fallback: 'none',
  }),
  forgeUrl: option.url(['http:', 'https:'], {
    env: 'FORGE_URL',
    description: 'Where that folder is served.',
    example: 'http://127.0.0.1:4080',
    needed: { where: 'FORGE', is: 'folder' },
  }),
  forgeToken: option.text({
    env: 'FORGE_TOKEN',
    description: 'What it asks for.',
    example: '5f0c1e9a7b3d',
    needed: { where: 'FORGE', is: 'folder' },
    secret: true,
  }),
  repository: option.text({
    env: 'REPOSITORY',
    description:
      'A repository of that forge in which everybody works, as `owner/name`; without it each person has their own.',
    example: 'acme/shop',
    fallback: '',
  }),
  repositories: {
    ...option.list({
      env: 'REPOSITORIES',
      description:
        'Repositories of that forge that anybody may choose besides, as `owner/name` or `owner/*`. What is a person’s own is for nobody else, whatever is named.',
      example: 'acme/shop,acme-tools/*',
      fallback: '',
    }),
    parse: parseRepositories,
  },
  mirrorDepth: option.integer(
    { min: 0, max: 1_000_000 },
    {
      env: 'MIRROR_DEPTH',
      description:
        'How many commits of each branch a runner fetches of a repository at first; 0 is all of them. See `docs/workspace.md`.',
      example: '100',
      fallback: '0',
    },
  ),
  ...githubOptions,
};

function parseRepositories(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const named = names.filter((name) => name !== '');
  if (named.every((name) => /^[\w.-]+\/([\w.-]+|\*)$/.test(name))) return named;
  throw new Error('must be names like owner/name or owner/*, joined by commas');
}
