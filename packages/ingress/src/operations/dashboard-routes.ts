// The dashboard behind its guard, as a part of the operations server.
import { Hono } from 'hono';
import { guardDashboard } from './guard-dashboard.ts';

export const dashboardPath = '/queues';

export function dashboardRoutes(dashboard: Hono, token: string): Hono {
  const app = new Hono();
  app.use(dashboardPath, guardDashboard(token));
  app.use(`${dashboardPath}/*`, guardDashboard(token));
  return app.route(dashboardPath, dashboard);
}
