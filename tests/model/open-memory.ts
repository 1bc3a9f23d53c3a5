// The scripts' memory of a test file, on an empty database of the run's Redis.
import { freshRedisUrl } from '@runnel/shared/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { ScriptMemory } from './script-book.ts';

/** Returns what asks for it: there is none before the first test. */
export function openMemory(): () => ScriptMemory {
  let redis: Redis | undefined;
  let memory: ScriptMemory | undefined;
  beforeAll(async () => {
    redis = new Redis(await freshRedisUrl());
    memory = new ScriptMemory(redis);
  });
  afterAll(() => redis?.disconnect());
  return () => {
    if (memory === undefined) throw new Error('The memory opens with the first test.');
    return memory;
  };
}
