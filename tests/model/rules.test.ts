// Every rule of the protocol is needed: processes that leave it out break something.
import { describeMutants } from './describe-worlds.ts';
import { ruleMutants } from './rule-mutants.ts';

describeMutants(ruleMutants);
