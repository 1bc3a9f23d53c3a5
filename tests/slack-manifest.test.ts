// The app manifest that people paste into Slack, against Slack's own schema (github.com/slackapi/manifest-schema).
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

type Manifest = {
  display_information: { name: string };
  features: {
    agent_view: { agent_description: string };
    slash_commands: { command: string; url?: string }[];
  };
  oauth_config: { scopes: { bot: string[] } };
  settings: { event_subscriptions: { bot_events: string[] }; [setting: string]: unknown };
};

const schema = JSON.parse(read('fixtures/slack-manifest-schema/manifest.schema.2.0.0.json')) as object;
const manifest = parse(read('../slack/manifest.yaml')) as Manifest;

// The schema uses words beside JSON Schema's own.
const isValid = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);

test('the manifest is one that Slack takes', () => {
  isValid(manifest);
  expect(isValid.errors).toBeNull();
});

test.each<[string, (broken: Manifest) => void]>([
  ['a name that is too long', (broken) => (broken.display_information.name = 'Runnel'.repeat(10))],
  ['an agent described too widely', (broken) => (broken.features.agent_view.agent_description = 'word '.repeat(61))],
  ['a setting that does not exist', (broken) => (broken.settings['socket_mode'] = true)],
])('the schema refuses %s', (_, breakIt) => {
  const broken = structuredClone(manifest);
  breakIt(broken);
  expect(isValid(broken)).toBe(false);
});

test('every event it asks for may be heard with the scopes it asks for', () => {
  const needs = new Map([
    ['app_mention', 'app_mentions:read'],
    ['message.im', 'im:history'],
    ['message.channels', 'channels:history'],
    ['message.groups', 'groups:history'],
    ['agent_session_stopped', 'chat:write'],
  ]);
  const { scopes } = manifest.oauth_config;
  const events = manifest.settings.event_subscriptions.bot_events;
  expect(events.toSorted()).toEqual([...needs.keys()].toSorted());
  expect(events.filter((event) => !scopes.bot.includes(needs.get(event) ?? ''))).toEqual([]);
});

test('a slash command needs its scope, and no address where there is a socket', () => {
  const { features, oauth_config: oauth } = manifest;
  expect(features.slash_commands.map(({ command, url }) => [command, url])).toEqual([['/runnel', undefined]]);
  expect(oauth.scopes.bot).toContain('commands');
});

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}
