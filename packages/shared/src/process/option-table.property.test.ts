import { describeAnyEnvironment } from '../testing/any-environment.testsuite.ts';
import { checkLease, connectionOptions, leaseOptions } from './fleet-options.ts';
import { option } from './option.ts';

describeAnyEnvironment({
  command: 'node main.ts',
  purpose: 'A process of the tests.',
  table: {
    ...connectionOptions,
    ...leaseOptions,
    sizeBytes: option.bytes({ env: 'SIZE', description: 'How large.', example: '2GiB', fallback: '2GiB' }),
    names: option.list({ env: 'NAMES', description: 'Who.', example: 'U1,U2', fallback: '' }),
  },
  check: checkLease,
});
