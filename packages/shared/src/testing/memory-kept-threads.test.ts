import { describeKeptThreads } from './kept-threads.testsuite.ts';
import { memoryKeptThreads } from './memory-kept-threads.ts';

describeKeptThreads('in memory', async () => memoryKeptThreads());
