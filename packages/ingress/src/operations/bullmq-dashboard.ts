// ADAPTER: the launch queue as a page for operators, which is the fleet: who waits, who is served, what failed.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { HonoAdapter } from '@bull-board/hono';
import { serveStatic } from '@hono/node-server/serve-static';
import { connectRedis, launchQueueName, redisKeys } from '@runnel/shared/redis';
import { Queue } from 'bullmq';
import { Hono } from 'hono';
import { BullmqLaunchView } from './bullmq-launch-view.ts';

export type Dashboard = { readonly app: Hono; close(): Promise<void> };

type DashboardOptions = {
  readonly redisUrl: string;
  /** Where it is mounted. */
  readonly path: string;
  readonly onError: (error: Error) => void;
};

export function bullmqDashboard({ redisUrl, path, onError }: DashboardOptions): Dashboard {
  const connection = connectRedis(redisUrl, 'commands', onError);
  const queue = new Queue(launchQueueName, { connection, prefix: redisKeys.launchQueuePrefix });
  queue.on('error', onError);
  const server = new HonoAdapter(serveStatic).setBasePath(path);
  createBullBoard({
    queues: [new BullmqLaunchView(queue)],
    serverAdapter: server,
    options: {
      uiBasePath: dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json')),
      uiConfig: {
        boardTitle: 'Runnel',
        hideDocsLink: true,
        // It would list every connection of the fleet at every poll.
        showWorkers: false,
      },
    },
  });
  return {
    app: withoutForeignFonts(server.registerPlugin()),
    async close() {
      await queue.close();
      connection.disconnect();
    },
  };
}

/** The page would fetch its fonts from another host: no third party is told that a dashboard is looked at. */
function withoutForeignFonts(board: Hono): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    if (context.res.headers.get('content-type')?.startsWith('text/html') !== true) return;
    const page = await context.res.text();
    context.res = new Response(page.replace(/<link [^>]*fonts\.googleapis\.com[^>]*>/, ''), context.res);
  });
  return app.route('/', board);
}
