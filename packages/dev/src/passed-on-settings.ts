// Settings of the product that a person gives to `npm start`, and nothing else of their environment.
import { ingressConfiguration } from '@runnel/ingress';
import { launcherConfiguration } from '@runnel/launcher';

/** What the fleet decides itself: where its parts are, and who may speak to whom. */
const OURS = new Set([
  'REDIS_URL',
  'SLACK_API_URL',
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'HTTP_PORT',
  'DASHBOARD_TOKEN',
  'PODS_DIR',
  'STATE_DIR',
  'FORGE_URL',
  'FORGE_TOKEN',
]);

export function passedOnSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = [ingressConfiguration, launcherConfiguration].flatMap((configuration) =>
    Object.values(configuration.table).map((option) => option.env),
  );
  return Object.fromEntries(
    names.filter((name) => !OURS.has(name) && env[name] !== undefined).map((name) => [name, env[name]]),
  );
}
