/** The parts of the benchmark: how each is measured and reported. */
import { reportEvents, reportIdle } from '../report/events.mjs';
import { reportGraphql } from '../report/graphql.mjs';
import { reportGroups } from '../report/groups.mjs';
import { reportGrowth } from '../report/growth.mjs';
import { reportPages } from '../report/pages.mjs';
import { reportRequests } from '../report/requests.mjs';
import { measureEvents } from './events.mjs';
import { measureGraphql } from './graphql.mjs';
import { measureGroups } from './groups.mjs';
import { measureGrowth } from './growth.mjs';
import { measureIdle } from './idle.mjs';
import { measurePages } from './pages.mjs';
import { measureRequests } from './requests.mjs';

export const PARTS = {
  requests: { measure: measureRequests, report: reportRequests },
  graphql: { measure: measureGraphql, report: reportGraphql },
  groups: { measure: measureGroups, report: reportGroups },
  pages: { measure: measurePages, report: reportPages },
  events: { measure: measureEvents, report: reportEvents },
  idle: { measure: measureIdle, report: reportIdle },
  growth: { measure: measureGrowth, report: reportGrowth },
};
