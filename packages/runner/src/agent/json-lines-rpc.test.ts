import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { jsonLinesRpc, type RpcMessage } from './json-lines-rpc.ts';

test('a request is answered, whoever reads the messages meanwhile or does not', async () => {
  const { rpc, input, output } = newRpc();
  const answer = rpc.request('add', { one: 1 });
  expect(JSON.parse(String(output.read()))).toEqual({ id: 1, method: 'add', params: { one: 1 } });
  input.write('{"method":"news"}\n{"id":1,"result":{"sum":2}}\n');
  expect(await answer).toEqual({ sum: 2 });
});

test('a request that is refused rejects with why', async () => {
  const { rpc, input } = newRpc();
  const answer = rpc.request('add', {});
  input.write('{"id":1,"error":{"code":-1,"message":"no numbers"}}\n');
  await expect(answer).rejects.toThrow('no numbers');
});

test('messages are kept until they are read, cut in pieces as they may be, and end with the other side', async () => {
  const { rpc, input } = newRpc();
  for (const piece of [
    '{"method":"one","par',
    'ams":{"text":"ä\u2028b"}}\nno message\n\n',
    '{"id":7,"method":"two"}\n',
  ]) {
    input.write(piece);
  }
  input.end();
  const heard: RpcMessage[] = [];
  for await (const message of rpc.messages) heard.push(message);
  expect(heard).toEqual([
    { method: 'one', params: { text: 'ä\u2028b' } },
    { id: 7, method: 'two' },
  ]);
});

test('when the other side ends, what waits for it is told, and what comes later too', async () => {
  const { rpc, input } = newRpc();
  const before = rpc.request('add', {});
  input.destroy();
  await expect(before).rejects.toThrow('ended');
  await expect(rpc.request('add', {})).rejects.toThrow('ended');
});

test('a line that never ends is the end of the other side', async () => {
  const { rpc, input } = newRpc();
  const before = rpc.request('add', {});
  for (let n = 0; n < 33; n += 1) input.write('x'.repeat(1024 * 1024));
  await expect(before).rejects.toThrow('ended');
});

test('what is asked is answered under its id', async () => {
  const { rpc, output } = newRpc();
  rpc.notify('ready');
  rpc.answer('a', { yes: true });
  rpc.refuse(2, 'not here');
  output.end();
  expect((await text(output)).trim().split('\n')).toEqual([
    '{"method":"ready"}',
    '{"id":"a","result":{"yes":true}}',
    '{"id":2,"error":{"code":-32601,"message":"not here"}}',
  ]);
});

function newRpc() {
  const input = new PassThrough();
  const output = new PassThrough();
  return { rpc: jsonLinesRpc(input, output), input, output };
}
