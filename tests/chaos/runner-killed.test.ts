import { SHORT_LEASE } from '../support/story.ts';
import { describeChaos } from './describe-chaos.ts';
import { casesOf, kills } from './fault-table.ts';

describeChaos('a runner killed at every step', { cases: casesOf('runner', kills), cap: 4, settings: SHORT_LEASE });
