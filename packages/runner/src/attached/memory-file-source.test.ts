import { describeFileSource } from './file-source.testsuite.ts';
import { memoryFileSource } from './memory-file-source.ts';

describeFileSource('in memory', () => {
  const source = memoryFileSource();
  return Promise.resolve({ source, upload: source.upload, remove: source.remove });
});
