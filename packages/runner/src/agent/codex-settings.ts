// With which settings Codex runs: all of them on its command line, none from a file.
import type { PermissionPolicy } from './agent-provider.ts';

export type CodexModel = {
  /** Without a name Codex takes the one that it thinks best. */
  readonly name: string;
  readonly url: string;
  readonly key: string;
};

/** Its name in the environment of Codex, which hands it on to nothing that it runs. */
export const KEY = 'OPENAI_API_KEY';
const RETRIES = 5;

export function codexArguments({ name, url }: CodexModel, files: string): string[] {
  const settings: Record<string, string | number | boolean | readonly string[]> = {
    ...(name === '' ? {} : { model: name }),
    model_provider: 'runnel',
    'model_providers.runnel.name': 'Runnel',
    'model_providers.runnel.base_url': url,
    'model_providers.runnel.env_key': KEY,
    'model_providers.runnel.wire_api': 'responses',
    // The other kind of asking again, for a request that fails at once, is not told.
    'model_providers.runnel.request_max_retries': 0,
    'model_providers.runnel.stream_max_retries': RETRIES,
    'shell_environment_policy.exclude': [KEY],

    // Neither what it does nor that it is used is told to anybody but the model. Plugins would be fetched from afar.
    'analytics.enabled': false,
    check_for_update_on_startup: false,
    'features.plugins': false,
    'features.apps': false,

    // Nothing of the person's own is read: no profile by a shell, no skills, no `.codex` of a folder (see `trust` below).
    allow_login_shell: false,
    'features.shell_snapshot': false,
    'skills.include_instructions': false,

    // It would go on by itself after its answer.
    'features.goals': false,
    'tools.update_plan.enabled': true,
    'features.default_mode_request_user_input': true,
    suppress_unstable_features_warning: true,
  };
  const given = Object.entries(settings).map(([setting, value]) => `${setting}=${JSON.stringify(value)}`);
  // Whoever lets Codex work without a sandbox is taken to trust the folder, and with it the servers and hooks that its files name.
  const trust = `projects={${JSON.stringify(files)}={trust_level="untrusted"}}`;
  return ['app-server', ...[...given, trust].flatMap((setting) => ['-c', setting])];
}

/** The pod is the sandbox. Whoever is to be asked is asked about every command and every change. */
export function codexPolicy(policy: PermissionPolicy): { readonly approvalPolicy: string; readonly sandbox: string } {
  return { approvalPolicy: policy === 'full' ? 'never' : 'untrusted', sandbox: 'danger-full-access' };
}
