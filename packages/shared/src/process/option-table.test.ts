import { expect, test } from 'vitest';
import { describeConfiguration, documentConfiguration, readConfiguration } from './option-table.ts';
import { option } from './option.ts';

const configuration = {
  command: 'node main.ts',
  purpose: 'A process of the tests.',
  table: {
    url: option.url(['redis:'], {
      env: 'REDIS_URL',
      description: 'Where Redis is.',
      example: 'redis://127.0.0.1:6379',
      secret: true,
    }),
    lease: option.duration({ env: 'LEASE', description: 'How long.', example: '30s', fallback: '30s' }),
    size: option.bytes({ env: 'SIZE', description: 'How large.', example: '2GiB', fallback: '2GiB' }),
    count: option.integer({ min: 1, max: 9 }, { env: 'COUNT', description: 'How many.', example: '3', fallback: '3' }),
    names: option.list({ env: 'NAMES', description: 'Who.', example: 'U1,U2', fallback: '' }),
    level: option.choice(['low', 'high'], { env: 'LEVEL', description: 'How loud.', example: 'low', fallback: 'low' }),
  },
  check: (values: { lease: number; count: number }) =>
    values.count > 5 && values.lease < 1_000 ? ['COUNT and LEASE contradict.'] : [],
};

test('values are parsed with their units, and defaults stand in for what is not set or empty', () => {
  expect(
    readConfiguration(configuration, {
      REDIS_URL: 'redis://h:1',
      LEASE: '7.5s',
      SIZE: '512MiB',
      NAMES: 'a, b,',
      COUNT: '',
    }),
  ).toEqual({
    url: 'redis://h:1',
    lease: 7_500,
    size: 512 * 1024 ** 2,
    count: 3,
    names: ['a', 'b'],
    level: 'low',
  });
});

test('what is needed with another setting alone is empty without it, whatever it is read as', () => {
  const where = option.url(['http:'], {
    env: 'WHERE',
    description: 'Where.',
    example: 'http://h',
    needed: { where: 'LEVEL', is: 'high' },
  });
  const table = { ...configuration.table, where };
  const read = (env: NodeJS.ProcessEnv): unknown =>
    readConfiguration({ ...configuration, table }, { REDIS_URL: 'redis://h:1', ...env });
  expect(read({})).toMatchObject({ where: '' });
  expect(() => read({ LEVEL: 'high' })).toThrow(/WHERE is not set/);
  expect(() => read({ WHERE: 'ftp://h' })).toThrow(/WHERE must be/);
});

test('what is needed may be missing where another setting says so, and is read all the same', () => {
  const key = option.text({
    env: 'KEY',
    description: 'A key.',
    example: 'k',
    needed: { where: 'LEVEL', is: 'high', unless: { where: 'WHEN', is: 'later' } },
  });
  const when = option.choice(['now', 'later'], {
    env: 'WHEN',
    description: 'When.',
    example: 'later',
    fallback: 'now',
  });
  const table = { ...configuration.table, key, when };
  const read = (env: NodeJS.ProcessEnv): unknown =>
    readConfiguration({ ...configuration, table }, { REDIS_URL: 'redis://h:1', LEVEL: 'high', ...env });
  expect(() => read({})).toThrow(/KEY is not set/);
  expect(read({ WHEN: 'later' })).toMatchObject({ key: '' });
  expect(read({ WHEN: 'later', KEY: 'k' })).toMatchObject({ key: 'k' });
});

test('what another setting does instead is needed only where neither is set', () => {
  const folder = option.text({ env: 'FOLDER', description: 'A folder.', example: '/f', instead: 'BUCKET' });
  const bucket = option.text({ env: 'BUCKET', description: 'A bucket.', example: 'b', fallback: '' });
  const table = { ...configuration.table, folder, bucket };
  const read = (env: NodeJS.ProcessEnv): unknown =>
    readConfiguration({ ...configuration, table }, { REDIS_URL: 'redis://h:1', ...env });
  expect(() => read({})).toThrow(/FOLDER is not set/);
  expect(() => read({ BUCKET: '' })).toThrow(/FOLDER is not set/);
  expect(read({ BUCKET: 'b' })).toMatchObject({ folder: '', bucket: 'b' });
  expect(read({ FOLDER: '/f' })).toMatchObject({ folder: '/f', bucket: '' });
  expect(describeConfiguration({ ...configuration, table })).toContain('required without BUCKET; example: /f');
});

test('of several choices the first stands first; one that is not there, twice there or missing is complained of', () => {
  const of = (text: string): unknown =>
    option.choices(['a', 'b', 'c'], { env: 'X', description: 'Which.', example: 'a' }).parse(text);
  expect(of('b')).toEqual(['b']);
  expect(of('c, a')).toEqual(['c', 'a']);
  for (const wrong of ['', ',', 'd', 'a,d', 'a,a']) {
    expect(() => of(wrong)).toThrow('must be one of a, b, c, or several');
  }
});

test('all faults are listed at once, each with its name and an example, and secrets are not shown', () => {
  const read = (): unknown =>
    readConfiguration(configuration, {
      REDIS_URL: 'http://user:hush@h',
      LEASE: '30',
      SIZE: '2',
      COUNT: '12',
      LEVEL: 'mid',
    });
  expect(read).toThrow(
    expect.objectContaining({
      code: 'config_invalid',
      message: expect.stringMatching(
        /REDIS_URL must.*redis:\/\/127[^]*LEASE must.*"30"[^]*SIZE must[^]*COUNT must.*1 to 9[^]*LEVEL must be one of low, high/,
      ),
    }),
  );
  expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hush') }));
  expect(() => readConfiguration(configuration, {})).toThrow(
    /REDIS_URL is not set: Where Redis is\. For example REDIS_URL=redis:/,
  );
});

test('contradictions are complained of once everything can be read', () => {
  expect(() => readConfiguration(configuration, { REDIS_URL: 'redis://h', COUNT: '6', LEASE: '10ms' })).toThrow(
    /COUNT and LEASE contradict/,
  );
});

test('help and documentation name every setting', () => {
  for (const text of [describeConfiguration(configuration), documentConfiguration('Tests', configuration)]) {
    for (const { env, description } of Object.values(configuration.table)) {
      expect(text).toContain(env);
      expect(text).toContain(description);
    }
  }
});

test.each([
  ['longer than a timer can wait, which then fires at once', 'LEASE', '600h'],
  ['of endless length', 'LEASE', `${'9'.repeat(400)}h`],
  ['of nothing', 'LEASE', '0.4ms'],
])('a duration %s is refused', (_, name, text) => {
  expect(() => readConfiguration(configuration, { REDIS_URL: 'redis://h', [name]: text })).toThrow(
    /LEASE must be a duration with its unit, from 1ms to 596h/,
  );
});

test('a size of nothing, or beyond all numbers, is refused', () => {
  for (const text of ['0GiB', `${'9'.repeat(400)}GiB`]) {
    expect(() => readConfiguration(configuration, { REDIS_URL: 'redis://h', SIZE: text })).toThrow(
      /SIZE must be a size/,
    );
  }
});

test('an address without its slashes, or with a blank before it, is refused', () => {
  for (const text of ['redis:h', ' redis://h']) {
    expect(() => readConfiguration(configuration, { REDIS_URL: text })).toThrow(/REDIS_URL must be an address/);
  }
});
