/** Renders the figures of event delivery and of idle subscriptions. */
import { show, toTable } from './table.mjs';

export function reportEvents({ events, every, subscribers, kinds, fanOut }) {
  const latency = toTable(
    ['commit to subscriber, ms', 'delivered', 'median', '99th percentile', 'maximum'],
    kinds.map(({ wake, transport, delivered, expected, p50, p99, most }) => [
      `woken by ${wake}, ${transport}`,
      `${show(delivered)} of ${show(expected)}`,
      ...[p50, p99, most].map((time) => show(time, 1)),
    ]),
  );
  const audiences = toTable(
    ['commit to the last subscriber, ms', 'median', '99th percentile', 'server CPU per delivery, µs'],
    fanOut.map(({ audience, p50, p99, cpu }) => [
      `${show(audience)} ${audience === 1 ? 'subscription' : 'subscriptions'}`,
      show(p50, 1),
      show(p99, 1),
      show(cpu),
    ]),
  );
  const setup = `${show(events)} events, one every ${every} ms, ${subscribers} subscribers of each kind; the first hundred events are not counted.`;
  return { markdown: [setup, latency, audiences].join('\n\n') };
}

export function reportIdle({ subscriptions, kinds }) {
  const kibibytes = (bytes) => show(bytes / 1024, 1);
  const table = toTable(
    [
      `${show(subscriptions)} idle subscriptions`,
      'memory per subscription, KiB',
      'of which JavaScript heap',
      'statements/s',
      'CPU of one core',
    ],
    kinds.map(({ name, memory, heap, statements, cpu }, index) => [
      name,
      index === 0 ? '' : kibibytes(memory),
      index === 0 ? '' : kibibytes(heap),
      show(Math.max(0, statements), 1),
      `${show(cpu * 100, 1)} %`,
    ]),
  );
  return { markdown: table };
}
