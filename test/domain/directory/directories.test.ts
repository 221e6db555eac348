import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Directories } from '../../../src/domain/directory/directories.js';
import { createDirectory } from '../../../src/domain/directory/directory-commands.js';
import { newId } from '../../../src/domain/kernel/id.js';
import { openTestDomain, type DomainDirectory, type TestDomain } from '../../support/domain.js';
import { recordStatements } from '../../support/statements.js';

const recorder = recordStatements();
let domain: TestDomain;
let directory: DomainDirectory;
let directories: Directories;

beforeAll(async () => {
  domain = await openTestDomain({ clientClass: recorder.clientClass });
  directory = await domain.createDirectory();
  directories = new Directories(domain);
});

afterAll(() => domain.close());

describe('the cache of directories', () => {
  test('returns an existing directory', async () => {
    recorder.take();
    const found = await directories.findBySlug(directory.slug);
    expect(found).toMatchObject({ id: directory.id, slug: directory.slug });
    expect(await directories.findBySlug(directory.slug)).toBe(found);
    const byId = await directories.findById(directory.id.toUpperCase());
    expect(byId).toEqual(found);
    expect(await directories.findById(directory.id)).toBe(byId);
    expect(recorder.take()).toHaveLength(2);
  });

  test('does not cache an unknown slug or id', async () => {
    const [slug, id] = ['unknown', newId()];
    recorder.take();
    for (let time = 0; time < 3; time++) {
      expect(await directories.findBySlug(slug)).toBeUndefined();
      expect(await directories.findById(id)).toBeUndefined();
    }
    expect(recorder.take()).toHaveLength(6);
    // A directory created by another process is found at once.
    await createDirectory(domain.em, { slug });
    expect(await directories.findBySlug(slug)).toMatchObject({ slug });
  });

  test('does not query for a malformed slug or id', async () => {
    recorder.take();
    const slugs = ['', 'x'.repeat(64), 'x'.repeat(60_000), 'Upper', '-a', 'a-', 'a_b', 'a b', 'a\0', 'ä'];
    for (const slug of slugs) expect(await directories.findBySlug(slug)).toBeUndefined();
    for (const id of ['', 'x'.repeat(60_000), 'no id']) expect(await directories.findById(id)).toBeUndefined();
    expect(recorder.take()).toEqual([]);
  });

  test('sends one query for concurrent callers', async () => {
    recorder.take();
    const answers = await Promise.all(Array.from({ length: 20 }, () => directories.findBySlug('together')));
    expect(answers).toEqual(Array.from({ length: 20 }, () => undefined));
    expect(recorder.take()).toHaveLength(1);
  });
});
