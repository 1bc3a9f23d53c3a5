import { describe, expect, it } from 'vitest';
import { catchPrinted, openStandIn, refusal, webClient } from './testing/slack-app.ts';

describe('faults', () => {
  const message = { channel: 'D0ADA', text: 'hello' };

  it('429 tells when to come again, as often as it was asked for', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    standIn.faults.next('chat.postMessage', { kind: 'ratelimited', retryAfter: 2 }, 2);
    for (let n = 0; n < 2; n += 1) await expect(web.chat.postMessage(message)).rejects.toMatchObject({ retryAfter: 2 });
    await web.auth.test();
    await web.chat.postMessage(message);
    expect(standIn.record.calls('chat.postMessage').map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(standIn.workspace.messages('D0ADA')).toHaveLength(1);
  });

  it('a lost response is done and unheard, a refused request is not done', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    standIn.faults.next('chat.postMessage', { kind: 'lost-response' });
    await expect(web.chat.postMessage(message)).rejects.toMatchObject({ code: 'slack_webapi_request_error' });
    expect(standIn.workspace.messages('D0ADA')).toHaveLength(1);
    standIn.faults.next('chat.postMessage', { kind: 'refused-before' });
    await expect(web.chat.postMessage(message)).rejects.toMatchObject({ code: 'slack_webapi_request_error' });
    expect(standIn.workspace.messages('D0ADA')).toHaveLength(1);
    await web.chat.postMessage(message);
    expect(standIn.workspace.messages('D0ADA')).toHaveLength(2);
  });

  it('an unknown method, an error and a delay stay until they are cleared', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    standIn.faults.always('agents.sessions.setStatus', { kind: 'unknown-method' });
    const session = { channel_id: 'D0ADA', thread_ts: '1', status: 'active' } as const;
    expect(await refusal(web.agents.sessions.setStatus(session))).toBe('unknown_method');
    expect(await refusal(web.agents.sessions.setStatus(session))).toBe('unknown_method');
    standIn.faults.always('agents.sessions.setStatus', { kind: 'error', error: 'feature_disabled' });
    expect(await refusal(web.agents.sessions.setStatus(session))).toBe('feature_disabled');
    standIn.faults.clear();
    await web.agents.sessions.setStatus(session);
    standIn.faults.next('auth.test', { kind: 'delay', ms: 50 });
    const began = performance.now();
    await web.auth.test();
    expect(performance.now() - began).toBeGreaterThanOrEqual(49);
    expect(standIn.violations()).toEqual([]);
  });

  it('an error that the method never answers is a violation of the test', async () => {
    catchPrinted();
    const standIn = await openStandIn();
    standIn.faults.next('reactions.add', { kind: 'error', error: 'gone_fishing' });
    await refusal(webClient(standIn).reactions.add({ channel: 'D0ADA', timestamp: '1', name: 'eyes' }));
    expect(standIn.violations()).toMatchObject([{ kind: 'answer', subject: 'reactions.add' }]);
  });
});
