import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { collect, newRequest, saidIn } from './agent-provider.testsuite.ts';
import type { AgentEvent } from './agent-provider.ts';
import { ShellOutput } from './shell-output.ts';
import { shellProvider } from './shell-provider.ts';
import { cleanText, decodeOutput, looksBinary } from './shell-text.ts';

const provider = shellProvider({ path: process.env['PATH'] ?? '', podUid: 'pod-of-this-test' });
const KIB = 1024;

describe('odd output', () => {
  test('60,000 lines: the beginning and the end in whole lines, and how much is missing between them', async () => {
    const text = await reply('seq 1 60000 | sed "s/^/line /"');
    const lines = text.split('\n');
    expect(lines.slice(0, 3)).toEqual(['```', 'line 1', 'line 2']);
    expect(lines.slice(-2)).toEqual(['line 60000', '```']);
    const [, omitted = ''] = /^\[… ([\d,]+) bytes left out …\]$/m.exec(text) ?? [];
    expect(lines.filter((line) => !/^(line \d+|```|\[… .* …\])$/.test(line))).toEqual([]);
    expect(Number(omitted.replaceAll(',', ''))).toBe(60_000 * 5 + 288_894 + 60_000 - 512 * KIB);
  });

  test('one line of 1 MB', async () => {
    const text = await reply("head -c 1000000 /dev/zero | tr '\\0' x; echo; echo after");
    expect(text.length).toBeGreaterThan(500 * KIB);
    expect(text.length).toBeLessThan(513 * KIB);
    expect(text).toMatch(/^```\nx+\n\[… 475,719 bytes left out …\]\nx+\nafter\n```$/);
  });

  test('a megabyte of one multibyte character is not cut inside of one', async () => {
    const text = await reply("head -c 400000 /dev/zero | sed 's/\\x00/€/g'");
    expect(text).toMatch(/^```\n€+\n\[… [\d,]+ bytes left out …\]\n€+\n```$/);
  });

  test.each([
    ['head -c 5000 /dev/urandom', '5,000 bytes'],
    ['cat "$(command -v bash)"', 'bytes'],
    ["printf '\\0'", '1 byte.'],
    ["printf '\\x1b\\x01\\x02\\x03'", '4 bytes'],
    ["printf 'text' | iconv -t utf-16le", '8 bytes'],
  ])('what is no text is not shown, neither at the end nor meanwhile: %s', async (text, size) => {
    const events = await collect(provider, await newRequest(text));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ reply: expect.stringMatching(new RegExp(`^Binary output, .*${size}.*xxd`)) });
  });

  test('bytes that are no UTF-8 become the replacement character, control characters become visible', async () => {
    expect(await reply("printf 'caf\\xe9 is a place; a\\0b; \\x7f\\x07\\n'")).toBe(
      '```\ncaf\ufffd is a place; a␀b; ␡␇\n```',
    );
  });

  test('no colours, and of a progress bar its last state', async () => {
    expect(await reply("printf '\\033[31mred\\033[0m\\n10%%\\r50%%\\r100%%\\r\\ndone\\r\\n'")).toBe(
      '```\nred\n100%\ndone\n```',
    );
  });

  test('a character that comes in two pieces is one', async () => {
    const events = await collect(provider, await newRequest("printf '\\xe2\\x82'; sleep 0.3; printf '\\xac\\n'"));
    expect(saidIn(events)).toBe('€\n');
  });
});

describe('much output', () => {
  test('is shown meanwhile, its beginning whole and then the latest lines, in few pieces', async () => {
    const text = 'for i in $(seq 1 20000); do echo "line number $i"; done; sleep 0.3; seq 20000; echo last words';
    const events = await collect(provider, await newRequest(text));
    expect(saidIn(events)).toMatch(/^line number 1\n[^]*\n\[…\]\n[^]*last words\n$/);
    expect(saidIn(events).length).toBeLessThan(300 * KIB);
    expect(events.length).toBeLessThan(150);
  });

  test('tells its latest lines while the command is silent', async () => {
    const cancel = new AbortController();
    const events: AgentEvent[] = [];
    const request = await newRequest('seq 100000; sleep 0.01; echo now it waits; sleep 600');
    for await (const event of provider.startTurn(request, cancel.signal)) {
      events.push(event);
      if (saidIn(events).includes('now it waits')) cancel.abort();
    }
    expect(events.at(-1)).toMatchObject({ stopReason: 'canceled' });
  });

  test('of an endless writer costs bounded memory, and leaves time for others', async () => {
    const cancel = new AbortController();
    const before = process.memoryUsage.rss();
    const turn = collect(provider, await newRequest('yes "a line of some length that goes on"'), cancel.signal);
    const waits: number[] = [];
    for (let at = performance.now(), over = at + 3_000; at < over;) {
      await sleep(5);
      waits.push(performance.now() - at);
      at = performance.now();
    }
    const grown = process.memoryUsage.rss() - before;
    cancel.abort();
    const [last] = (await turn).slice(-1);
    expect(last).toMatchObject({ stopReason: 'canceled', reply: expect.stringMatching(/bytes left out/) });
    expect(grown).toBeLessThan(100 * KIB ** 2);
    expect(waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)]).toBeLessThan(100);
  });

  test('waits while nobody takes it', async () => {
    const request = await newRequest(
      '(while :; do echo x; done) & sleep 0.5; kill %1; touch stopped; seq 1 100000; echo end',
    );
    const turn = provider.startTurn(request, new AbortController().signal)[Symbol.asyncIterator]();
    await turn.next();
    await expect.poll(() => existsSync(join(request.directory.files, 'stopped'))).toBe(true);
    let last;
    for (let next = await turn.next(); next.done !== true; next = await turn.next()) last = next.value;
    // Nothing was lost by the waiting.
    expect(last).toMatchObject({ stopReason: 'end_turn', reply: expect.stringMatching(/100000\nend\n/) });
  });

  test('keeps its end for a listener that is slower than the command', async () => {
    const request = await newRequest(
      "echo start; sleep 0.2; head -c 150000 /dev/zero | tr '\\0' x; echo; echo end; touch over",
    );
    const turn = provider.startTurn(request, new AbortController().signal)[Symbol.asyncIterator]();
    await turn.next();
    await expect.poll(() => existsSync(join(request.directory.files, 'over'))).toBe(true);
    let last;
    for (let next = await turn.next(); next.done !== true; next = await turn.next()) last = next.value;
    expect(last).toMatchObject({ reply: expect.stringMatching(/^```\nstart\nx{150000}\nend\n/) });
  });
});

describe('the kept output', () => {
  test.each([
    [[3]],
    [[4, 4]],
    [[8, 1]],
    [[5, 5, 5, 5, 5]],
    [[1, 30, 2]],
    [[8, 8, 8]],
    [[100]],
    [Array.from({ length: 57 }, () => 1)],
  ])('in pieces of %j is the beginning and the end', (sizes) => {
    const output = new ShellOutput(8);
    const all = Buffer.from(Array.from({ length: sizes.reduce((sum, size) => sum + size, 0) }, (_, index) => index));
    let at = 0;
    const early = sizes.map((size) => output.add(all.subarray(at, (at += size))));
    expect(Buffer.concat(early)).toEqual(all.subarray(0, 8));
    const { head, tail, omitted, total } = output.keep();
    expect(total).toBe(all.length);
    expect(omitted).toBe(Math.max(0, all.length - 16));
    expect(head).toEqual(all.subarray(0, 8));
    expect(tail).toEqual(all.subarray(Math.max(8, all.length - 8)));
  });
});

describe('text', () => {
  test.each(['\x1b[', '\r', '`', '\ufffd', '\x1b]0;', 'x', '\n', '\0'])('of nothing but %j takes no time', (piece) => {
    const text = `${piece.repeat(256 * KIB)}x`;
    const startedAt = performance.now();
    looksBinary(text);
    cleanText(text);
    // Each time for all that is left would be a minute.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  test('with a few odd characters is still text', () => {
    expect(looksBinary('./a.txt\0./b.txt\0./c.txt\0')).toBe(false);
    expect(looksBinary(decodeOutput(Buffer.from('Grüße aus Köln', 'latin1')))).toBe(false);
    expect(looksBinary('\x1b[31m\x1b[1m')).toBe(false);
    expect(looksBinary('')).toBe(false);
    expect(looksBinary('日本語 € \u{1f600}')).toBe(false);
  });
});

async function reply(text: string): Promise<string> {
  const last = (await collect(provider, await newRequest(text))).at(-1);
  // How long it took depends on who else is at work here.
  return last?.type === 'finished' ? last.reply.replace(/\s+Took [\d.]+ s\.$/, '') : '';
}
