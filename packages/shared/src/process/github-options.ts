// Settings of a runner whose people have their repositories on GitHub.
import { option } from './option.ts';

const needed = { where: 'FORGE', is: 'github' };

export const githubOptions = {
  githubOrganization: option.text({
    env: 'GITHUB_ORGANIZATION',
    description: 'The organization in which people get repositories of their own; see `docs/github.md`.',
    example: 'acme-people',
    needed,
  }),
  githubToken: option.text({
    env: 'GITHUB_TOKEN',
    description: 'A token for GitHub, where Runnel is no App there.',
    example: 'github_pat_11ABC',
    fallback: '',
    needed,
    secret: true,
  }),
  githubAppId: option.text({
    env: 'GITHUB_APP_ID',
    description: 'The GitHub App as which Runnel comes in, instead of with a token.',
    example: '123456',
    fallback: '',
    needed,
  }),
  githubAppPrivateKey: option.text({
    env: 'GITHUB_APP_PRIVATE_KEY',
    description: String.raw`The private key of that App, whole; its lines may be joined by \n.`,
    example: String.raw`-----BEGIN RSA PRIVATE KEY-----\nMIIE…\n-----END RSA PRIVATE KEY-----`,
    fallback: '',
    needed,
    secret: true,
  }),
  githubAppInstallationId: option.text({
    env: 'GITHUB_APP_INSTALLATION_ID',
    description: 'Where that App is installed: the number at the end of the address of its installation.',
    example: '87654321',
    fallback: '',
    needed,
  }),
  githubTemplate: option.text({
    env: 'GITHUB_TEMPLATE',
    description: 'The template of which those repositories are made, as `owner/name`; without it they hold a README.',
    example: 'acme/start',
    fallback: '',
    needed,
  }),
  githubApiUrl: option.url(['https:', 'http:'], {
    env: 'GITHUB_API_URL',
    description: "Where GitHub's API is; of a server of one's own it is `https://HOST/api/v3`.",
    example: 'https://api.github.com',
    fallback: 'https://api.github.com',
    needed,
  }),
};

export type GithubValues = {
  readonly forge: string;
  readonly githubToken: string;
  readonly githubAppId: string;
  readonly githubAppPrivateKey: string;
  readonly githubAppInstallationId: string;
  readonly githubTemplate: string;
};

/** Complaints, each a whole sentence. */
export function checkGithub({ forge, githubToken, githubTemplate, ...app }: GithubValues): string[] {
  if (forge !== 'github') return [];
  const { githubAppId, githubAppPrivateKey, githubAppInstallationId } = app;
  const ofApp = [githubAppId, githubAppPrivateKey, githubAppInstallationId].filter((value) => value !== '');
  const complaints: string[] = [];
  if (githubToken === '' ? ofApp.length !== 3 : ofApp.length !== 0) {
    complaints.push(
      'FORGE=github comes in either with GITHUB_TOKEN or with all of GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY and GITHUB_APP_INSTALLATION_ID. For example GITHUB_TOKEN=github_pat_11ABC',
    );
  }
  if (!/^([\w-]+\/[\w.-]+)?$/.test(githubTemplate)) {
    complaints.push(`GITHUB_TEMPLATE (${githubTemplate}) must be owner/name. For example GITHUB_TEMPLATE=acme/start`);
  }
  return complaints;
}
