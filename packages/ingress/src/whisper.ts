// A sentence for one person, said in a thread after Slack was acknowledged to.
import type { Thread } from '@runnel/shared';

export type Whisper = { readonly thread: Thread; readonly user: string; readonly text: string };
